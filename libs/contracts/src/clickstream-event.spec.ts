import { ACTION } from './actions.js';
import { readClickstreamEvent, readSegmentCall, type ClickstreamEvent, type ReadResult } from './clickstream-event.js';
import { CALL_TYPES, MAX_EVENT_BYTES, segmentCallSchema } from './segment-call.js';

const view = {
  type: 'track',
  event: 'Product Viewed',
  userId: 'anna',
  anonymousId: 'a-1',
  messageId: 'm-1',
  timestamp: '2026-11-24T10:00:00.000Z',
  properties: { product_id: 'shoe-1' },
} as const;

const eventOf = (result: ReadResult): ClickstreamEvent => {
  if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
  return result.event;
};
const read = (call: unknown) => readSegmentCall(call);
const interactionsOf = (event: string, properties: unknown) =>
  eventOf(read({ ...view, event, properties })).interactions.map(({ item, action }) => [item, action]);

describe('reading a clickstream event', () => {
  it('reads a track call', () => {
    expect(eventOf(readClickstreamEvent(Buffer.from(JSON.stringify(view))))).toEqual({
      type: 'track',
      name: 'Product Viewed',
      subject: 'anna',
      messageId: 'm-1',
      timestampMs: Date.UTC(2026, 10, 24, 10),
      consent: false,
      action: ACTION.view,
      interactions: [{ item: 'shoe-1', action: ACTION.view }],
      properties: view.properties,
      context: undefined,
    });
  });

  it.each([
    [{ type: 'page', userId: 1, name: 'Home' }, 'Home'],
    [{ type: 'screen', userId: 1 }, undefined],
    [{ type: 'identify', anonymousId: 1, traits: { email: 'a@example.org' } }, undefined],
    [{ type: 'group', userId: 1, groupId: 7 }, undefined],
    [{ type: 'alias', userId: 1, previousId: 'a-1' }, undefined],
  ])('reads %j', (call, name) => {
    expect(eventOf(read(call))).toEqual({
      type: call.type,
      name,
      subject: '1',
      messageId: undefined,
      timestampMs: undefined,
      consent: false,
      action: undefined,
      interactions: [],
      properties: undefined,
      context: undefined,
    });
  });

  it('takes the type from the caller where a call does not say it', () => {
    expect(eventOf(readSegmentCall({ userId: 'anna' }, 'identify')).type).toBe('identify');
  });

  it.each([
    [{ userId: 'anna', anonymousId: 'a-1' }, 'anna'],
    [{ userId: 42, anonymousId: 'a-1' }, '42'],
    [{ userId: null, anonymousId: 'a-1' }, 'a-1'],
    [{ userId: '', anonymousId: 0 }, '0'],
    [{ userId: 'é'.repeat(100) }, 'é'.repeat(100)],
    [{ userId: '__proto__' }, '__proto__'],
  ])('takes the subject from %j', (ids, subject) => {
    expect(eventOf(read({ type: 'identify', ...ids })).subject).toBe(subject);
  });

  it.each([
    [true, true],
    [{ categoryPreferences: { Advertising: true, Functional: true } }, true],
    [{ categoryPreferences: { Advertising: true, Functional: false } }, false],
    [{ categoryPreferences: {} }, false],
    [{ categoryPreferences: 'yes' }, false],
    [false, false],
    ['true', false],
    [null, false],
  ])('reads the consent %j as %s', (consent, expected) => {
    expect(eventOf(read({ ...view, context: { consent } })).consent).toBe(expected);
  });

  describe('interactions', () => {
    it.each([
      [{ product_id: 'p', sku: 's', id: 'i' }, 'p'],
      [{ sku: 's', item_id: 'g', id: 'i' }, 's'],
      [{ item_id: 'g', id: 'i' }, 'g'],
      [{ product_id: null, id: 'i' }, 'i'],
      [{ product_id: 1234 }, '1234'],
    ])('names the item of %j', (properties, item) => {
      expect(interactionsOf('Product Viewed', properties)).toEqual([[item, ACTION.view]]);
    });

    it('finds the item of a GA4 event in its list', () => {
      expect(interactionsOf('add_to_cart', { currency: 'EUR', items: [{ item_id: 'p' }] })).toEqual([
        ['p', ACTION.cart],
      ]);
    });

    it.each([
      [{ order_id: 'o-1', id: 'o-1', products: [{ product_id: 'p' }, { sku: 's' }, { name: 'no id' }] }],
      [{ transaction_id: 'o-1', products: null, items: [{ item_id: 'p' }, { item_id: 's' }] }],
    ])('finds a purchase for each product of %j, and never the order itself', (properties) => {
      expect(interactionsOf('Order Completed', properties)).toEqual([
        ['p', ACTION.purchase],
        ['s', ACTION.purchase],
      ]);
    });

    it.each([
      ['Product Viewed', undefined],
      ['Product Viewed', { name: 'no id' }],
      ['Order Completed', { order_id: 'o-1' }],
      ['Products Searched', { query: 'shoe', product_id: 'p' }],
      ['A custom event', { product_id: { any: 'thing' }, products: 'three' }],
    ])('finds none in %s %j', (event, properties) => expect(interactionsOf(event, properties)).toEqual([]));
  });

  it.each([
    ['Products Searched', { query: ' Red shoe' }, ' Red shoe'],
    ['products_searched', { query: 'shoe' }, 'shoe'],
    ['Products Searched', { query: 7 }, undefined],
    ['Products Searched', undefined, undefined],
    ['Product List Viewed', { query: 'shoe' }, undefined],
    ['Product Viewed', { query: 'shoe', product_id: 'p' }, undefined],
  ])('reads what %s %j searched for', (event, properties, query) => {
    const read = readSegmentCall({ type: 'track', userId: 'anna', messageId: 'm-1', event, properties });
    expect(read).toMatchObject({ ok: true, event: { query } });
  });

  describe('refuses', () => {
    it.each([
      ['no-value', null],
      ['no-value', Buffer.alloc(0)],
      ['too-large', Buffer.from(JSON.stringify({ ...view, padding: 'x'.repeat(MAX_EVENT_BYTES) }))],
      ['undecodable', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
      ['undecodable', Buffer.from('{"type":"track",', 'utf8')],
      ['undecodable', Buffer.from(JSON.stringify(view), 'utf16le')],
      ['undecodable', Buffer.from(`${String.fromCharCode(0xfeff)}${JSON.stringify(view)}`)],
      ['undecodable', Buffer.from('['.repeat(20_000))],
      ['invalid', Buffer.from('['.repeat(10_000) + ']'.repeat(10_000))],
      ['invalid', Buffer.from('null')],
      ['no-subject', Buffer.from('{"type":"identify"}')],
    ])('with %s', (reason, value) => expect(readClickstreamEvent(value)).toMatchObject({ ok: false, reason }));

    it('takes an event of exactly 32 KB', () => {
      const empty = JSON.stringify({ ...view, padding: '' });
      const value = Buffer.from(JSON.stringify({ ...view, padding: 'x'.repeat(MAX_EVENT_BYTES - empty.length) }));
      expect(value.length).toBe(MAX_EVENT_BYTES);
      expect(readClickstreamEvent(value).ok).toBe(true);
    });

    it.each([
      ['the event', []],
      ['the event', 'track'],
      ['type', { ...view, type: 'batch' }],
      ['type', { ...view, type: ['track'] }],
      ['userId', { ...view, userId: {} }],
      ['userId', { ...view, userId: 'é'.repeat(101) }],
      ['userId', { ...view, userId: '\ud800' }],
      ['anonymousId', { ...view, anonymousId: true }],
      ['anonymousId', { ...view, userId: undefined, anonymousId: 'x'.repeat(201) }],
      ['messageId', { ...view, messageId: [] }],
      ['messageId', { ...view, messageId: 'x'.repeat(201) }],
      ['timestamp', { ...view, timestamp: 1_700_000_000_000 }],
      ['timestamp', { ...view, timestamp: 'yesterday' }],
      ['context', { ...view, context: 'web' }],
      ['event', { ...view, event: undefined }],
      ['event', { ...view, event: 7 }],
      ['properties', { ...view, properties: [] }],
      ['properties.product_id', { ...view, properties: { product_id: {} } }],
      ['properties.sku', { ...view, properties: { sku: false } }],
      ['properties.product_id', { ...view, properties: { product_id: 'x'.repeat(201) } }],
      ['properties.products', { ...view, event: 'Order Completed', properties: { products: 'shoe-1' } }],
      ['properties.products[1]', { ...view, event: 'Order Completed', properties: { products: [{}, 'shoe-1'] } }],
      ['properties.items[0].item_id', { ...view, event: 'purchase', properties: { items: [{ item_id: [] }] } }],
      ['name', { type: 'page', userId: 1, name: 5 }],
      ['traits', { type: 'identify', userId: 1, traits: 'tall' }],
      ['groupId', { type: 'group', userId: 1 }],
      ['previousId', { type: 'alias', userId: 1 }],
    ])('what is malformed at %s', (path, call) => {
      const result = read(call);
      expect(result).toMatchObject({ ok: false, reason: 'invalid' });
      expect(result.ok ? '' : result.detail).toContain(`${path} must`);
    });

    it('an alias without userId, for its subject is the new id', () => {
      expect(read({ type: 'alias', anonymousId: 'a-1', previousId: 'a-1' })).toMatchObject({ reason: 'no-subject' });
    });
  });

  it('takes nothing that the published schema refuses', () => {
    const values: readonly unknown[] = [undefined, null, '', 'x', 0, 1.5, true, [], {}, [{}], '2026-11-24T10:00:00Z'];
    const fields = [
      ...['userId', 'anonymousId', 'messageId', 'timestamp', 'context', 'event', 'properties', 'name', 'traits'],
      ...['groupId', 'previousId', 'type'],
    ];
    const base = { ...view, name: 'n', traits: {}, groupId: 'g', previousId: 'p' };
    const calls = CALL_TYPES.flatMap((type) =>
      fields.flatMap((field) => values.map((value) => ({ ...base, type, [field]: value }))),
    );
    const taken = calls.filter((call) => read(call).ok);
    expect(taken.length).toBeGreaterThan(calls.length / 3);
    expect(taken.filter((call) => !segmentCallSchema.safeParse(call).success)).toEqual([]);
  });
});
