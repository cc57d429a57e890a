import { offerId, outcomeSchema, type Outcome } from '@offerstream/contracts';
import { homePartition } from '@offerstream/kafka';
import { kafkaBrokers, startOwnKafka } from '@offerstream/testing';
import { newKey, startGateway, until, type RunningGateway } from '../running-gateway.fixture.js';
import { ANNA, DEMO, HOME } from '../shop.fixture.js';

const key = newKey();
const OFFER = offerId(DEMO, ANNA, '0:7', { placement: HOME.id, model: undefined, strategy: 'popular' });
const click = { type: 'click', offerId: OFFER, subject: ANNA };

const report = (gateway: RunningGateway, outcomes: readonly object[], headers = {}) =>
  gateway.call('POST', '/v1/outcomes', { key, body: { outcomes }, headers });

const written = async (gateway: RunningGateway): Promise<readonly Outcome[]> =>
  (await gateway.records('outcomes')).map(({ value }) => outcomeSchema.parse(JSON.parse(String(value))));

const start = async (brokers: readonly string[]): Promise<RunningGateway> => {
  const gateway = await startGateway(brokers);
  await gateway.setTenant(DEMO, [key]);
  await until(async () => (await gateway.call('GET', '/v1/offers/anna?placement=home', { key })).status === 200);
  // The first record takes a busy machine longer than a report may wait.
  await until(async () => (await report(gateway, [click])).status === 202);
  return gateway;
};

describe('POST /v1/outcomes', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await start(await kafkaBrokers());
  });
  afterAll(() => gateway.stop());

  it('has written the outcomes when it answers, in their subject’s home partition', async () => {
    const answer = await report(gateway, [
      { ...click, id: 'c-1' },
      { type: 'purchase', subject: 'änna', orderId: 'o-1', currency: 'EUR', items: [{ item: 'shoe', price: 9.9 }] },
    ]);
    expect([answer.status, answer.body['accepted']]).toEqual([202, 2]);
    const ids = answer.body['ids'] as readonly string[];
    expect(ids[0]).toBe('c-1');
    const outcomes = await written(gateway);
    expect(outcomes.filter(({ id }) => ids.includes(id))).toHaveLength(2);
    expect(outcomes.find(({ id }) => id === ids[1])).toMatchObject({
      tenant: DEMO,
      subject: 'änna',
      offerId: null,
      items: [{ item: 'shoe', quantity: 1, priceMicros: 9_900_000 }],
    });
    const record = (await gateway.records('outcomes')).find((each) => String(each.headers['ce_id']) === ids[1]);
    expect([String(record?.key), record?.partition]).toEqual(['demo:änna', homePartition('demo:änna', 12)]);
  });

  it('gives repeats of a request with an Idempotency-Key the same ids, and another key or body others', async () => {
    const ids = async (idempotencyKey: string, outcome: object = click) =>
      (await report(gateway, [outcome, outcome], { 'idempotency-key': idempotencyKey })).body['ids'];
    const first = await ids('0123456789abcdef');
    expect(new Set(first as readonly string[]).size).toBe(2);
    expect(await ids('0123456789abcdef')).toEqual(first);
    for (const others of [
      await ids('0123456789abcdeF'),
      await ids('0123456789abcdef', { ...click, type: 'impression' }),
    ])
      for (const id of others as readonly string[]) expect(first).not.toContain(id);
  });

  it('takes nothing of a request of which a part is wrong', async () => {
    const before = (await written(gateway)).length;
    const answer = await report(gateway, [click, { ...click, offerId: 'x' }]);
    expect([answer.status, answer.body['code']]).toEqual([400, 'invalid']);
    expect(answer.body['reason']).toContain('outcomes.1.offerId');
    expect(await written(gateway)).toHaveLength(before);
  });
});

it('answers 503 with Retry-After while Kafka is away, serves offers on, and takes outcomes again by itself', async () => {
  const kafka = await startOwnKafka();
  const gateway = await start(kafka.brokers);
  try {
    await kafka.kill();
    const refused = await report(gateway, [{ ...click, id: 'during' }]);
    expect([refused.status, refused.body['code'], refused.headers.get('retry-after')]).toEqual([
      503,
      'kafka-unavailable',
      '1',
    ]);
    expect((await gateway.call('GET', '/v1/offers/anna?placement=home', { key })).status).toBe(200);
    expect(gateway.health.ready().ok).toBe(true);
    await kafka.restart();
    await until(async () => (await report(gateway, [{ ...click, id: 'after' }])).status === 202);
    expect((await written(gateway)).map(({ id }) => id)).toContain('after');
  } finally {
    await gateway.stop();
    await kafka.stop();
  }
});
