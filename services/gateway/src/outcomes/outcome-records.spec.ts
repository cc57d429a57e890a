import { offerId, outcomeSchema } from '@offerstream/contracts';
import { ANNA, DEMO, HOME, NOW_MS } from '../shop.fixture.js';
import { outcomeOf, outcomeRecord, type Report } from './outcome-records.js';
import { outcomesBody, type ReportedOutcome } from './outcome-request.js';

const OFFER = offerId(DEMO, ANNA, '0:7', { placement: HOME.id, model: undefined, strategy: 'popular' });

const report = (over: Partial<Report> = {}): Report => ({
  tenant: DEMO,
  idempotency: undefined,
  receivedMs: NOW_MS,
  newId: () => 'made',
  ...over,
});

const reported = (over: object = {}): ReportedOutcome =>
  outcomesBody.parse({ outcomes: [{ type: 'click', offerId: OFFER, subject: ANNA, ...over }] })
    .outcomes[0] as ReportedOutcome;

describe('a reported outcome', () => {
  it('becomes a record that the topic’s schema accepts, with prices in millionths', () => {
    const outcome = outcomeOf(
      reported({
        type: 'purchase',
        items: [{ item: 'shoe', quantity: 2, price: 49.99 }, { item: 'sock' }],
        orderId: 'o-1',
        currency: 'EUR',
        occurredAt: '2026-11-24T10:30:00+01:00',
      }),
      0,
      report(),
    );
    expect(outcomeSchema.parse(outcome)).toEqual({
      id: 'made',
      tenant: DEMO,
      subject: ANNA,
      type: 'purchase',
      offerId: OFFER,
      items: [
        { item: 'shoe', quantity: 2, priceMicros: 49_990_000 },
        { item: 'sock', quantity: 1, priceMicros: null },
      ],
      orderId: 'o-1',
      currency: 'EUR',
      bot: false,
      occurredAt: '2026-11-24T09:30:00.000Z',
    });
  });

  it.each([
    ['the sender’s own', { id: 'mine' }, 'k', 'mine'],
    ['made of the idempotency key and its place', {}, 'k', 'k:3'],
    ['made anew where the sender gives neither', {}, undefined, 'made'],
  ])('has an id that is %s', (_, over, idempotency, id) => {
    expect(outcomeOf(reported(over), 3, report({ idempotency })).id).toBe(id);
  });

  it('happens now where it does not say when, and never later', () => {
    const now = new Date(NOW_MS).toISOString();
    expect(outcomeOf(reported(), 0, report()).occurredAt).toBe(now);
    expect(outcomeOf(reported({ occurredAt: '2099-01-01T00:00:00Z' }), 0, report()).occurredAt).toBe(now);
  });

  it('goes to its subject’s partition with the headers of a CloudEvent', () => {
    const outcome = outcomeOf(reported({ id: 'mine' }), 0, report());
    const record = outcomeRecord('outcomes', outcome);
    expect([record.topic, record.key]).toEqual(['outcomes', 'demo:anna']);
    expect(record.headers).toMatchObject({
      ce_id: 'mine',
      ce_source: '/tenants/demo',
      ce_type: 'offerstream.outcome.v1',
      ce_time: outcome.occurredAt,
      ce_subject: 'anna',
    });
    expect(JSON.parse(String(record.value))).toEqual(outcome);
  });
});

describe('what is refused of outcomes', () => {
  it.each([
    ['none', { outcomes: [] }],
    ['more than 100', { outcomes: Array(101).fill({ type: 'click', offerId: OFFER, subject: 'anna' }) }],
    ['a click without an offer', { outcomes: [{ type: 'click', subject: 'anna' }] }],
    ['an offer’s id of another shape', { outcomes: [{ type: 'click', offerId: 'x', subject: 'anna' }] }],
    ['no subject', { outcomes: [{ type: 'click', offerId: OFFER }] }],
    ['a field that nobody knows', { outcomes: [{ type: 'click', offerId: OFFER, subject: 'a', tenant: 'other' }] }],
    ['a negative price', { outcomes: [{ type: 'purchase', subject: 'a', items: [{ item: 'shoe', price: -1 }] }] }],
    [
      'a line that the report would leave out',
      { outcomes: [{ type: 'purchase', subject: 'a', items: [{ item: 'shoe', quantity: 7, price: 1e9 / 7 }] }] },
    ],
  ])('%s', (_, body) => {
    expect(outcomesBody.safeParse(body).success).toBe(false);
  });

  it('takes as much as a line may bring', () => {
    expect(reported({ items: [{ item: 'shoe', quantity: 1_000, price: 1e6 }] }).items[0]?.price).toBe(1e6);
  });

  it('takes a purchase without an offer: it may be owed to one', () => {
    expect(reported({ type: 'purchase', offerId: undefined })).toMatchObject({ type: 'purchase' });
  });
});
