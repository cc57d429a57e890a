import type { OfferMessage, VectorMessage } from '@offerstream/decisioning';
import type { ProducerRecord } from '@offerstream/kafka';
import { BatchAbandoned } from '@offerstream/pipeline';
import type { DecidedVisit } from '../visit.js';
import { batchOf, decidedVisit, element, keyOf, NOW_MS, outcome, record, topicName } from '../shop.fixture.js';
import { publishOffers } from './publish-offers.js';

const message = (value: string): OfferMessage => ({
  topic: 'offers',
  id: 'ab'.repeat(16),
  timeMs: NOW_MS,
  value: Buffer.from(value),
});

const vector = (value: string, model: string): VectorMessage => ({ ...message(value), topic: 'user-vectors', model });

const setUp = ({ quietBelow = 0, acknowledges = true } = {}) => {
  const sent: ProducerRecord[] = [];
  const reached: string[] = [];
  const producer = {
    sendAll: (records: readonly ProducerRecord[]) => {
      sent.push(...records);
      reached.push('sent');
      return acknowledges ? Promise.resolve() : Promise.reject(new Error('not acknowledged'));
    },
  };
  const run = async (visits: readonly DecidedVisit[], batch = batchOf([])) => {
    const elements = visits.map((value) => ({ record: record(), value }));
    const isQuiet = ({ offset }: { offset: number }) => offset < quietBelow;
    return publishOffers(producer, topicName, { isQuiet }, (point) => reached.push(point))(elements, batch);
  };
  return { sent, reached, run };
};

describe('publishing', () => {
  it('sends what was stored before what this batch made, offers under the shopper’s key and vectors under the model’s too, as a CloudEvent', async () => {
    const { sent, reached, run } = setUp();
    await run([
      decidedVisit({ again: [message('stored')], messages: [message('made'), vector('vector', 'demo.content')] }),
      decidedVisit({ key: keyOf('bob'), messages: [message('for bob')] }),
    ]);
    expect(sent.map(({ topic, key, value }) => [topic, key, String(value)])).toEqual([
      [topicName('offers'), keyOf('anna'), 'stored'],
      [topicName('offers'), keyOf('anna'), 'made'],
      [topicName('user-vectors'), 'demo:demo.content:anna', 'vector'],
      [topicName('offers'), keyOf('bob'), 'for bob'],
    ]);
    expect(sent[1]?.headers).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: 'ab'.repeat(16),
      ce_source: '/tenants/demo',
      ce_type: 'offerstream.offer.v1',
      ce_time: '2026-11-24T10:00:00.000Z',
      ce_subject: 'anna',
    });
    expect(reached).toEqual(['before-publish', 'sent', 'after-publish']);
  });

  it('sends what events say of offers under the shopper’s key, as a CloudEvent', async () => {
    const { sent, run } = setUp();
    await run([decidedVisit({ messages: [message('made')], outcomes: [outcome('m-1'), outcome('m-2')] })]);
    expect(sent.map(({ topic, key }) => [topic, key])).toEqual([
      [topicName('offers'), keyOf('anna')],
      [topicName('outcomes'), keyOf('anna')],
      [topicName('outcomes'), keyOf('anna')],
    ]);
    expect(JSON.parse(String(sent[1]?.value))).toEqual(outcome('m-1'));
    expect(sent[1]?.headers).toMatchObject({ ce_id: 'm-1', ce_type: 'offerstream.outcome.v1', ce_subject: 'anna' });
  });

  it('sends what failed as it came, with headers that say why and where it was found', async () => {
    const { sent, run } = setUp();
    const raw = record({
      partition: 4,
      offset: 17,
      value: Buffer.from([0, 255]),
      headers: { own: Buffer.from('kept'), 'stray-partition': Buffer.from('3'), 'stray-offset': Buffer.from('1') },
    });
    const batch = batchOf([]);
    batch.failed.push({ record: raw, step: 'decodeEvent', reason: 'undecodable', detail: 'x'.repeat(2_000) });
    await run([], batch);
    expect(sent).toEqual([
      {
        topic: topicName('clickstream-failed'),
        key: raw.key,
        value: raw.value,
        headers: {
          own: Buffer.from('kept'),
          'failed-step': 'decodeEvent',
          'failed-reason': 'undecodable',
          'failed-detail': 'x'.repeat(500),
          'origin-topic': topicName('clickstream'),
          'origin-partition': '4',
          'origin-offset': '17',
          'origin-timestamp': String(raw.appendedAt),
        },
      },
    ]);
  });

  it('does not send what failed again while the topic is folded again', async () => {
    const { sent, run } = setUp({ quietBelow: 10 });
    const batch = batchOf([]);
    for (const offset of [9, 10])
      batch.failed.push({ record: record({ offset }), step: 'decodeEvent', reason: 'invalid', detail: '' });
    await run([], batch);
    expect(sent.map(({ headers }) => headers?.['origin-offset'])).toEqual(['10']);
  });

  it('sends nothing for records that have become another process’s', async () => {
    const { sent, run } = setUp();
    const outcome = run([decidedVisit({ messages: [message('late')] })], batchOf([element(0)], false));
    await expect(outcome).rejects.toBeInstanceOf(BatchAbandoned);
    expect(sent).toEqual([]);
  });

  it('is not done before Kafka has acknowledged', async () => {
    const { run, reached } = setUp({ acknowledges: false });
    await expect(run([decidedVisit({ messages: [message('x')] })])).rejects.toThrow('not acknowledged');
    expect(reached).toEqual(['before-publish', 'sent']);
  });
});
