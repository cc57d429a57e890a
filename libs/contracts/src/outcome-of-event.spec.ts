import { readSegmentCall } from './clickstream-event.js';
import { outcomeHeaders, outcomeOfEvent } from './outcome-of-event.js';
import { offerId } from './offer-id.js';
import type { SubjectId, TenantId } from './ids.js';
import { outcomeSchema, type Outcome } from './records.js';

const DEMO = 'demo' as TenantId;
const TIME_MS = Date.UTC(2026, 10, 24, 10);
const OFFER = offerId(DEMO, 'anna' as SubjectId, '3:17', {
  placement: undefined,
  model: undefined,
  strategy: 'popular',
});
const OTHER = 'f'.repeat(32);

const outcomeOf = (event: string, properties: unknown, over: object = {}): Outcome | undefined => {
  const read = readSegmentCall({ type: 'track', event, userId: 'anna', properties, ...over });
  if (!read.ok) throw new Error(`${read.reason}: ${read.detail}`);
  const outcome = outcomeOfEvent(read.event, DEMO, 'm-1', TIME_MS);
  if (outcome !== undefined) expect(outcomeSchema.parse(outcome)).toEqual(outcome);
  return outcome;
};

describe('the outcome of an event', () => {
  it.each([
    ['Product List Viewed', 'impression'],
    ['Viewed Product Category', 'impression'],
    ['view_item_list', 'impression'],
    ['Promotion Viewed', 'impression'],
    ['promotionViewed', 'impression'],
    ['view_promotion', 'impression'],
    ['Promotion Clicked', 'click'],
    ['Clicked Promotion', 'click'],
    ['select_promotion', 'click'],
    ['Product Viewed', 'click'],
    ['view_item', 'click'],
    ['Product Clicked', 'click'],
    ['select_item', 'click'],
    ['Product Added', 'cart'],
    ['add_to_cart', 'cart'],
    ['Order Completed', 'purchase'],
    ['order_completed', 'purchase'],
    ['Completed Order', 'purchase'],
    ['purchase', 'purchase'],
    ['Product Added to Wishlist', undefined],
    ['Product Removed', undefined],
    ['Cart Viewed', undefined],
    ['A shop’s own', undefined],
    ['x'.repeat(65), undefined],
  ])('%s with an offer’s id is a(n) %s', (event, type) => {
    expect(outcomeOf(event, { offer_id: OFFER })?.type).toBe(type);
  });

  it('says who did what with which offer, and when', () => {
    expect(
      outcomeOf('Product Clicked', { offer_id: OFFER, product_id: 'shoe', price: 49.99, currency: 'eur' }),
    ).toEqual({
      id: 'm-1',
      tenant: DEMO,
      subject: 'anna',
      type: 'click',
      offerId: OFFER,
      items: [{ item: 'shoe', quantity: 1, priceMicros: 49_990_000 }],
      orderId: null,
      currency: 'EUR',
      bot: false,
      occurredAt: '2026-11-24T10:00:00.000Z',
    });
  });

  it('is none without an offer’s id', () => {
    expect(outcomeOf('Product Viewed', { product_id: 'shoe' })).toBeUndefined();
    expect(outcomeOf('Product List Viewed', { products: [{ product_id: 'shoe' }] })).toBeUndefined();
    expect(outcomeOf('Product Viewed', undefined)).toBeUndefined();
    const page = readSegmentCall({ type: 'page', userId: 'anna', properties: { offer_id: OFFER } });
    expect(page.ok && outcomeOfEvent(page.event, DEMO, 'm-1', TIME_MS)).toBeUndefined();
  });

  it('is a purchase also without an offer’s id, with what was bought', () => {
    const products = [
      { product_id: 'shoe', price: 10, quantity: 2 },
      { sku: 7, price: '3.50' },
      { name: 'no id' },
      { product_id: 'gift', price: 0 },
    ];
    expect(outcomeOf('Order Completed', { order_id: 'o-1', id: 'o-1', currency: 'EUR', products })).toMatchObject({
      type: 'purchase',
      offerId: null,
      orderId: 'o-1',
      items: [
        { item: 'shoe', quantity: 2, priceMicros: 10_000_000 },
        { item: '7', quantity: 1, priceMicros: 3_500_000 },
        { item: 'gift', quantity: 1, priceMicros: 0 },
      ],
    });
    expect(outcomeOf('purchase', { transaction_id: 12, items: [{ item_id: 'shoe', price: 1 }] })).toMatchObject({
      orderId: '12',
      items: [{ item: 'shoe', quantity: 1, priceMicros: 1_000_000 }],
    });
  });

  it('is of the offer that the event names, or else the first of its products', () => {
    const products = [{ product_id: 'a' }, { product_id: 'b', offer_id: OFFER }, { product_id: 'c', offer_id: OTHER }];
    expect(outcomeOf('Order Completed', { products })?.offerId).toBe(OFFER);
    expect(outcomeOf('Order Completed', { products, offer_id: OTHER })?.offerId).toBe(OTHER);
    expect(outcomeOf('select_item', { items: [{ item_id: 'a', offer_id: OFFER }] })).toMatchObject({
      offerId: OFFER,
      items: [{ item: 'a' }],
    });
  });

  it('takes a promotion’s own id for no product', () => {
    expect(outcomeOf('Promotion Viewed', { offer_id: OFFER, id: 'banner-1', name: 'Sale' })?.items).toEqual([]);
  });

  it.each([[''], ['x'], [OFFER.toUpperCase()], [`${OFFER}0`], [42], [null], [{}], [[OFFER]]])(
    'is as without an offer where its id is %j',
    (id) => {
      expect(outcomeOf('Product Clicked', { offer_id: id, product_id: 'shoe' })).toBeUndefined();
      expect(outcomeOf('Order Completed', { offer_id: id, products: [{ offer_id: id }] })?.offerId).toBeNull();
    },
  );

  it.each([
    [49.99, 49_990_000],
    [0.0000005, 1],
    [0.0000004, 0],
    [0, 0],
    ['12.5', 12_500_000],
    [1e9, 1e15],
    [1_000_000_000.01, null],
    [Infinity, null],
    [-1, null],
    ['-1', null],
    ['1e3', null],
    [' ', null],
    ['', null],
    ['free', null],
    [null, null],
    [true, null],
    [undefined, null],
  ])('takes the price %j for %j millionths', (price, micros) => {
    expect(outcomeOf('Order Completed', { products: [{ sku: 's', price }] })?.items[0]?.priceMicros).toBe(micros);
  });

  it('takes no price that many pieces bring beyond all measure', () => {
    const products = [
      { sku: 'a', quantity: 1_000, price: 1e6 },
      { sku: 'b', quantity: 1_001, price: 1e6 },
    ];
    const items = outcomeOf('Order Completed', { products })?.items;
    expect(items?.map(({ priceMicros }) => priceMicros)).toEqual([1e12, null]);
  });

  it.each([
    [3, 3],
    ['3', 3],
    [0, 1],
    [-2, 1],
    [1.5, 1],
    ['many', 1],
    [2 ** 60, 1],
    [undefined, 1],
  ])('takes the quantity %j for %d', (quantity, expected) => {
    expect(outcomeOf('Order Completed', { products: [{ sku: 's', quantity }] })?.items[0]?.quantity).toBe(expected);
  });

  it.each([
    [{ order_id: 'x'.repeat(201) }, null],
    [{ order_id: {} }, null],
    [{ order_id: '' }, null],
    [{}, null],
    [{ orderId: 'o-1' }, 'o-1'],
    [{ order_id: 7 }, '7'],
  ])('takes the order’s id from %j', (properties, orderId) => {
    expect(outcomeOf('Order Completed', properties)?.orderId).toBe(orderId);
  });

  it('has an order’s id only of an order', () => {
    expect(outcomeOf('Product Clicked', { offer_id: OFFER, order_id: 'o-1' })?.orderId).toBeNull();
  });

  it.each([['€'], ['EURO'], [''], [978], [null]])('has no currency of %j', (currency) => {
    expect(outcomeOf('Order Completed', { currency })?.currency).toBeNull();
  });

  it.each([
    [{ isbot: true }, {}, true],
    [{}, { context: { isbot: true } }, true],
    [{}, { context: { bot: true } }, true],
    [{ isbot: 'true' }, { context: { bot: 1 } }, false],
    [{}, {}, false],
  ])('knows a bot by %j and %j', (properties, over, bot) => {
    expect(outcomeOf('Product Clicked', { offer_id: OFFER, ...properties }, over)?.bot).toBe(bot);
  });

  it('leaves out products that can’t be read, of events whose products nothing else reads', () => {
    const products = ['shoe', { product_id: {} }, { product_id: 'x'.repeat(201) }, { product_id: 'sock' }];
    expect(outcomeOf('Product List Viewed', { offer_id: OFFER, products })?.items).toEqual([
      { item: 'sock', quantity: 1, priceMicros: null },
    ]);
  });

  it('stands on its topic as a CloudEvent', () => {
    const outcome = outcomeOf('Order Completed', {});
    expect(outcome && outcomeHeaders(outcome)).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: 'm-1',
      ce_source: '/tenants/demo',
      ce_type: 'offerstream.outcome.v1',
      ce_time: '2026-11-24T10:00:00.000Z',
      ce_subject: 'anna',
    });
  });
});
