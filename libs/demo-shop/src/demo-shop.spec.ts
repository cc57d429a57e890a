import { catalogItemSchema, readSegmentCall, type ItemId } from '@offerstream/contracts';
import { newcomerNumber } from './catalog.js';
import { createDemoShop, HISTORY_DAYS, type DemoShop, type PastEvent } from './demo-shop.js';
import { segmentTrack } from './segment-track.js';
import type { Visit } from './visit.js';

const END_MS = Date.UTC(2026, 0, 31);
const DAY_MS = 86_400_000;

let shop: DemoShop;
beforeAll(() => {
  shop = createDemoShop(7);
});

const firstVisits = (of: DemoShop, seed: number, count: number): readonly Visit[] =>
  of.open(seed).visits.take(count).toArray();

/** Jest's own comparison of 100,000 events takes half a minute. */
const textOf = (events: readonly PastEvent[]): string =>
  events
    .map(
      ({ time, subject, name, products }) => `${time} ${subject} ${name} ${products.map(({ item }) => item.id).join()}`,
    )
    .join('\n');

it('is the same for the same seed, and another one for another', () => {
  const again = createDemoShop(7);
  expect(again.catalog).toEqual(shop.catalog);
  expect(textOf(again.history(END_MS))).toBe(textOf(shop.history(END_MS)));
  expect(firstVisits(again, 1, 50)).toEqual(firstVisits(shop, 1, 50));
  expect(createDemoShop(8).catalog).not.toEqual(shop.catalog);
});

it('sells 2,000 products in categories, each with an id, a title and a price of its own', () => {
  expect(shop.catalog).toHaveLength(2_000);
  expect(new Set(shop.catalog.map(({ id }) => id)).size).toBe(2_000);
  expect(new Set(shop.catalog.map(({ title }) => title)).size).toBe(2_000);
  expect(new Set(shop.catalog.map(({ categories }) => categories[0])).size).toBe(10);
  expect(new Set(shop.catalog.map(({ categories }) => categories.join('/'))).size).toBe(50);
  for (const item of shop.catalog) {
    expect(catalogItemSchema.parse(item)).toEqual(item);
    expect(item.price).toBeGreaterThan(1);
  }
});

it('has a history of about 100,000 interactions in time order that ends when it is told to', () => {
  const history = shop.history(END_MS);
  const interactions = history.reduce((sum, { products }) => sum + products.length, 0);
  expect(interactions).toBeGreaterThan(80_000);
  expect(interactions).toBeLessThan(120_000);
  expect(history.every(({ time }, index) => time >= (history[index - 1]?.time ?? 0))).toBe(true);
  expect(history.at(0)?.time).toBeGreaterThanOrEqual(END_MS - HISTORY_DAYS * DAY_MS);
  expect(history.at(-1)?.time).toBeLessThanOrEqual(END_MS);
});

it('has shoppers who keep to a few categories, where the shop as a whole has no favourite', () => {
  const bySubject = Map.groupBy(
    shop.history(END_MS).filter(({ name }) => name === 'Product Viewed'),
    ({ subject }) => subject,
  );
  const shareOfTopThree = (categories: readonly string[]): number => {
    const counts = [...Map.groupBy(categories, (category) => category).values()].map(({ length }) => length);
    const top = counts.sort((a, b) => b - a).slice(0, 3);
    return top.reduce((sum, count) => sum + count, 0) / categories.length;
  };
  const frequent = [...bySubject.values()].filter(({ length }) => length >= 30);
  expect(frequent.length).toBeGreaterThan(300);
  const shares = frequent.map((events) => shareOfTopThree(events.map(({ category }) => category)));
  expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.7);
  expect(shareOfTopThree([...bySubject.values()].flat().map(({ category }) => category))).toBeLessThan(0.2);
});

it('has shoppers who come again and look again at what they have seen', () => {
  const looks = shop.history(END_MS).filter(({ name }) => name === 'Product Viewed');
  const seen = new Set<string>();
  let again = 0;
  for (const { subject, products } of looks) {
    const look = `${subject} ${products[0]?.item.id ?? ''}`;
    if (seen.has(look)) again += 1;
    seen.add(look);
  }
  expect(again / looks.length).toBeGreaterThan(0.2);
  expect(again / looks.length).toBeLessThan(0.7);
  const visits = Map.groupBy(firstVisits(shop, 3, 5_000), ({ subject }) => subject);
  expect([...visits.values()].filter(({ length }) => length > 1).length).toBeGreaterThan(visits.size / 2);
});

it('goes on after the history without changing it, otherwise for each seed', () => {
  const before = textOf(shop.history(END_MS));
  const [first, second] = [firstVisits(shop, 1, 200), firstVisits(shop, 2, 200)];
  expect(first).not.toEqual(second);
  expect(firstVisits(shop, 1, 200)).toEqual(first);
  expect(textOf(shop.history(END_MS))).toBe(before);
});

it('comes to sell things that it did not sell before, each of them the same whenever it is asked for', () => {
  const numbers = Array.from({ length: 200 }, (_, number) => number);
  const newcomers = numbers.map((number) => shop.newcomer(number));
  const sold = [...shop.catalog, ...newcomers.map(({ item }) => item)];
  expect(new Set(sold.map(({ id }) => id)).size).toBe(2_200);
  expect(newcomers.map(({ item }) => newcomerNumber(item.id))).toEqual(numbers);
  expect(shop.catalog.filter(({ id }) => newcomerNumber(id) !== undefined)).toEqual([]);
  const known = new Set(shop.catalog.map(({ title }) => title));
  for (const { item } of newcomers) {
    expect(catalogItemSchema.parse(item)).toEqual(item);
    expect(known.has(item.title)).toBe(false);
  }
  expect(new Set(newcomers.map(({ item }) => item.categories.join('/'))).size).toBeGreaterThan(40);
  const again = createDemoShop(7).newcomer(3);
  expect(again).toEqual(newcomers[3]);
  expect(again.picture).toMatchObject({ width: 128, height: 128 });
  expect(again.picture).not.toEqual(newcomers[4]?.picture);
});

it('speaks as a shop does to Segment: each product of an event is an interaction', () => {
  const names = new Set<string>();
  for (const { subject, events } of firstVisits(shop, 4, 300)) {
    for (const event of events) {
      names.add(event.name);
      const read = readSegmentCall(segmentTrack(event, { subject, messageId: 'm-1', timeMs: END_MS }));
      expect(read).toMatchObject({ ok: true, event: { subject, messageId: 'm-1', timestampMs: END_MS } });
      const items: readonly ItemId[] = read.ok ? read.event.interactions.map(({ item }) => item) : [];
      expect(items).toEqual(event.products.map(({ item }) => item.id));
    }
  }
  expect([...names].sort()).toEqual([
    'Order Completed',
    'Product Added',
    'Product Added to Wishlist',
    'Product Clicked',
    'Product List Viewed',
    'Product Removed',
    'Product Viewed',
  ]);
});
