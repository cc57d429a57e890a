import { offerId, type Outcome, type PlacementId, type SubjectId, type TenantId } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';
import { readOutcome } from './read-outcome.js';

const SHOP = 'shop' as TenantId;
const ANNA = 'anna' as SubjectId;
const NOW_MS = Date.UTC(2026, 2, 2, 12);
const OLDEST_MS = NOW_MS - 86_400_000;
const ORIGIN = {
  placement: 'home' as PlacementId,
  model: { name: 'm', version: '2' },
  strategy: 'personal',
} as const;
const OFFER = offerId(SHOP, ANNA, '0:7', ORIGIN);

const outcome = (fields: object = {}) => ({
  id: 'o1',
  tenant: SHOP,
  subject: ANNA,
  type: 'click' satisfies Outcome['type'],
  offerId: OFFER,
  items: [{ item: 'a' }, { item: 'b' }],
  orderId: null,
  currency: null,
  bot: false,
  occurredAt: '2026-03-02T11:00:00Z',
  ...fields,
});
const recordOf = (value: string | null, key: string | null = 'shop:anna'): RawRecord => ({
  topic: 'outcomes',
  partition: 0,
  offset: 0,
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: {},
  appendedAt: NOW_MS,
});
const read = (fields: object = {}) => readOutcome(recordOf(JSON.stringify(outcome(fields))), OLDEST_MS);

it('reads a touch, its items and the origin of its offer', () => {
  expect(read()).toEqual({
    kind: 'touch',
    touch: {
      tenant: SHOP,
      id: 'o1',
      subject: ANNA,
      offer: { id: OFFER, origin: OFFER.slice(24) },
      type: 'click',
      items: ['a', 'b'],
      at: new Date('2026-03-02T11:00:00Z'),
    },
  });
  expect(read({ type: 'impression' })).toMatchObject({ touch: { type: 'impression', items: [] } });
});

it('reads a purchase by its order, and each line as what it brought', () => {
  const items = [{ item: 'a', quantity: 3, priceMicros: 1_500_000 }, { item: 'b' }];
  expect(read({ type: 'purchase', orderId: '17', currency: 'EUR', items })).toEqual({
    kind: 'purchase',
    straysFromOffer: false,
    purchase: {
      tenant: SHOP,
      purchase: 'order:17',
      subject: ANNA,
      items: [
        { item: 'a', quantity: 3, revenueMicros: 4_500_000 },
        { item: 'b', quantity: 1, revenueMicros: null },
      ],
      currency: 'EUR',
      offer: { id: OFFER, origin: OFFER.slice(24) },
      at: new Date('2026-03-02T11:00:00Z'),
    },
  });
  expect(read({ type: 'purchase', offerId: null, items })).toMatchObject({
    purchase: { purchase: 'message:o1', offer: undefined, items: [{ revenueMicros: null }, { revenueMicros: null }] },
  });
});

it('lets nothing happen after its record was written', () => {
  expect(read({ occurredAt: '2099-01-01T00:00:00Z' })).toMatchObject({ touch: { at: new Date(NOW_MS) } });
});

it('keeps out what an offer to somebody else is said to have done, and forgets that a purchase names one', () => {
  const stray = offerId(SHOP, 'ben' as SubjectId, '0:7', ORIGIN);
  expect(read({ offerId: stray })).toMatchObject({ kind: 'left-out', because: 'unknown-offer' });
  expect(read({ offerId: stray, type: 'purchase' })).toMatchObject({
    kind: 'purchase',
    straysFromOffer: true,
    purchase: { offer: undefined },
  });
  expect(read({ offerId: offerId('other' as TenantId, ANNA, '0:7', ORIGIN) })).toMatchObject({
    because: 'unknown-offer',
  });
});

it.each([
  ['a machine', { bot: true }, 'bot'],
  ['what is older than what is kept', { occurredAt: '2026-03-01T11:59:59Z' }, 'too-old'],
  ['a year that Postgres has not', { occurredAt: '0000-01-01T00:00:00Z' }, 'too-old'],
  ['a click without an offer', { offerId: null }, 'misfit'],
  ['a type that nobody knows', { type: 'dance' }, 'misfit'],
  ["another tenant's key", { tenant: 'other' }, 'misfit'],
  ['a text that Postgres does not take', { subject: 'an\0na' }, 'misfit'],
  ['half of a character in an order', { type: 'purchase', orderId: '\ud800' }, 'misfit'],
  ['more items than anybody sees', { items: Array(501).fill({ item: 'a' }) }, 'misfit'],
  ['a quantity beyond all measure', { type: 'purchase', items: [{ item: 'a', quantity: 2 ** 31 }] }, 'misfit'],
  [
    'an amount beyond all measure',
    { type: 'purchase', items: [{ item: 'a', quantity: 1_001, priceMicros: 1e12 }] },
    'misfit',
  ],
])('leaves out %s', (_, fields, because) => {
  expect(read(fields)).toMatchObject({ kind: 'left-out', because });
});

it.each([
  ['no value', recordOf(null)],
  ['no JSON', recordOf('{')],
  ['no object', recordOf('[]')],
  ['no key', recordOf(JSON.stringify(outcome()), null)],
  ['bytes', recordOf('\u0000\ufffd')],
])('leaves out a record with %s', (_, record) => {
  expect(readOutcome(record, OLDEST_MS)).toMatchObject({ kind: 'left-out', because: 'misfit' });
});
