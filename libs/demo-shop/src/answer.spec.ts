import { readSegmentCall, type ItemId } from '@offerstream/contracts';
import { createDemoShop } from './demo-shop.js';
import { segmentTrack } from './segment-track.js';
import type { ShopEvent } from './visit.js';

const shop = createDemoShop(7);
const history = shop.history(Date.UTC(2026, 0, 31));

const viewsOf = Map.groupBy(
  history.filter(({ name }) => name === 'Product Viewed'),
  ({ subject }) => subject,
);
const mostViewed = (events: readonly { readonly products: (typeof history)[number]['products'] }[]): ItemId[] =>
  [...Map.groupBy(events, ({ products }) => products[0]?.item.id as ItemId)]
    .sort(([, left], [, right]) => right.length - left.length)
    .map(([id]) => id)
    .slice(0, 20);

const popular = mostViewed([...viewsOf.values()].flat());
const own = new Map([...viewsOf].map(([subject, events]) => [subject, mostViewed(events)]));
const frequent = [...own].filter(([, items]) => items.length >= 10).map(([subject]) => subject);

/** What comes of a list that each of the frequent shoppers is offered ten times. */
const outcomeOf = (listFor: (subject: string) => readonly ItemId[]) => {
  const { answer } = shop.open(1);
  const answers = Array.from({ length: 10 }, () => frequent)
    .flat()
    .map((subject) => answer(subject, listFor(subject)))
    .filter(({ length }) => length > 0);
  const withEvent = (name: ShopEvent['name']): number =>
    answers.filter((events) => events.some((event) => event.name === name)).length;
  return { seen: answers.length, clicks: withEvent('Product Clicked'), orders: withEvent('Order Completed') };
};

it('a list after the taste of a shopper earns several times what the popular one does, and more than its reverse', () => {
  const personal = outcomeOf((subject) => own.get(subject) ?? []);
  const reversed = outcomeOf((subject) => (own.get(subject) ?? []).toReversed());
  const other = outcomeOf(() => popular);
  expect(frequent.length).toBeGreaterThan(1_000);
  for (const { seen } of [personal, reversed, other]) expect(seen / frequent.length / 10).toBeCloseTo(0.25, 1);
  expect(personal.clicks).toBeGreaterThan(6 * other.clicks);
  expect(personal.clicks).toBeGreaterThan(1.4 * reversed.clicks);
  expect(personal.orders).toBeGreaterThan(2 * other.orders);
  expect(other.clicks).toBeGreaterThan(0);
  expect(personal.clicks / personal.seen).toBeLessThan(0.3);
});

it('what is answered changes no visit, and the same shop answers the same', () => {
  const [left, right, third] = [shop.open(2), shop.open(2), shop.open(2)];
  const answersOf = (opened: typeof left) =>
    Array.from({ length: 200 }, () => {
      const visit = opened.visits.next().value;
      return { visit, answer: opened.answer(visit.subject, popular) };
    });
  const answered = answersOf(left);
  expect(answersOf(right)).toEqual(answered);
  expect(third.visits.take(200).toArray()).toEqual(answered.map(({ visit }) => visit));
  expect(answered.filter(({ answer }) => answer.length > 0).length).toBeGreaterThan(20);
});

it('a list is seen first, what is clicked is looked at, and only of that is anything taken and bought', () => {
  const { answer } = shop.open(3);
  const orders = new Set<string>();
  for (let round = 0; round < 40; round++) {
    for (const subject of frequent) {
      const items = own.get(subject) ?? [];
      const events = answer(subject, items);
      orders.add(events.map(({ name }) => name).join(', '));
      for (const { products } of events) {
        expect(products.length).toBeLessThan(2);
        for (const { item } of products) expect(items).toContain(item.id);
      }
    }
  }
  expect([...orders].sort()).toEqual([
    '',
    'Product List Viewed',
    'Product List Viewed, Product Clicked, Product Viewed',
    'Product List Viewed, Product Clicked, Product Viewed, Product Added',
    'Product List Viewed, Product Clicked, Product Viewed, Product Added, Order Completed',
  ]);
});

it('a stranger answers nothing, and nobody a list of unknown things', () => {
  const { answer } = shop.open(4);
  const answers = Array.from({ length: 100 }, () => [
    ...answer('stranger', popular),
    ...answer(frequent[0] ?? '', ['nothing' as ItemId]),
  ]);
  expect(answers.flat()).toEqual([]);
});

it('the offer stands in every event that answers it but the order', () => {
  const [event] = history.filter(({ products }) => products.length > 0);
  const tracked = { subject: 'anna', messageId: 'm', timeMs: 0, offerId: '0123456789abcdef0123456789abcdef' };
  for (const name of ['Product List Viewed', 'Product Clicked', 'Product Viewed', 'Product Added'] as const) {
    const call = segmentTrack({ ...(event as ShopEvent), name }, tracked);
    expect(call.properties['offer_id']).toBe(tracked.offerId);
    expect(readSegmentCall(call)).toMatchObject({ ok: true });
  }
  expect(segmentTrack({ ...(event as ShopEvent), name: 'Order Completed' }, tracked).properties).not.toHaveProperty(
    'offer_id',
  );
  expect(segmentTrack(event as ShopEvent, { ...tracked, offerId: undefined }).properties).not.toHaveProperty(
    'offer_id',
  );
});
