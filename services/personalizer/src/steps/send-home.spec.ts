import { strayHeaders } from '@offerstream/contracts';
import { homePartition, type ProducerRecord, type RawRecord } from '@offerstream/kafka';
import type { ReadEvent } from '../clickstream-record.js';
import { batchOf, event, keyOf, NOW_MS, record, topicName } from '../shop.fixture.js';
import { sendHome } from './send-home.js';

const PARTITIONS = 12;
const HOME = homePartition(keyOf('anna'), PARTITIONS);
const ELSEWHERE = (HOME + 1) % PARTITIONS;
const nothing = { isBehind: () => false, isQuiet: () => false };

const run = async (
  raw: RawRecord,
  {
    read = event(),
    positions = nothing,
    partitions = PARTITIONS,
  }: { read?: ReadEvent; positions?: typeof nothing; partitions?: number } = {},
) => {
  const sent: ProducerRecord[] = [];
  const producer = {
    sendAll: (records: readonly ProducerRecord[]) => {
      sent.push(...records);
      return Promise.resolve();
    },
  };
  const elements = [{ record: raw, value: read }];
  const [result] = await sendHome(
    producer,
    topicName('clickstream'),
    () => partitions,
    positions,
  )(elements, batchOf(elements));
  return { result, sent };
};

describe('sending home', () => {
  it('lets an event pass that was found at home', async () => {
    expect(await run(record({ partition: HOME }))).toEqual({ result: { kind: 'ok', value: event() }, sent: [] });
  });

  it('sends an event on that was found elsewhere, as it came, with its messageId and where it first came', async () => {
    const stray = record({ partition: ELSEWHERE, offset: 17, headers: { extra: Buffer.from('kept') } });
    const { result, sent } = await run(stray, { read: event({ messageId: 'c-9' }) });
    expect(result).toEqual({ kind: 'drop', reason: 'sent-home' });
    expect(sent).toEqual([
      {
        topic: topicName('clickstream'),
        partition: HOME,
        key: keyOf('anna'),
        value: stray.value,
        headers: {
          extra: Buffer.from('kept'),
          ce_id: 'c-9',
          'stray-partition': String(ELSEWHERE),
          'stray-offset': '17',
          'stray-timestamp': String(NOW_MS),
        },
      },
    ]);
  });

  it('sends a stray on with its first origin when the topic grew again', async () => {
    const origin = { partition: 900, offset: 4, appendedAt: NOW_MS - 60_000 };
    const headers = { 'stray-partition': Buffer.from('900') };
    const { sent } = await run(record({ partition: ELSEWHERE, offset: 17, headers }), { read: event({ origin }) });
    expect(sent[0]?.headers).toEqual({ ce_id: 'm-1', ...strayHeaders(origin) });
  });

  it('puts its own origin in the place of one that says nothing', async () => {
    const headers = { 'stray-partition': Buffer.from('x'), 'stray-offset': null };
    const stray = record({ partition: ELSEWHERE, offset: 17, headers });
    const { sent } = await run(stray);
    expect(sent[0]?.headers).toEqual({ ce_id: 'm-1', ...strayHeaders(stray) });
  });

  it('sends an event on whose key is not its subject, even from the right partition', async () => {
    const { result, sent } = await run(record({ partition: HOME, key: Buffer.from('demo:a-1') }));
    expect(result).toEqual({ kind: 'drop', reason: 'sent-home' });
    expect(sent[0]).toMatchObject({ partition: HOME, key: keyOf('anna') });
  });

  it('follows a grown partition count', async () => {
    const grown = Array.from({ length: 60 }, (_, more) => PARTITIONS + 1 + more).find(
      (count) => homePartition(keyOf('anna'), count) !== HOME,
    );
    const { sent } = await run(record({ partition: HOME }), { partitions: grown ?? 0 });
    expect(sent[0]?.partition).toBe(homePartition(keyOf('anna'), grown ?? 0));
  });

  it.each([
    ['was taken before', { isBehind: () => true, isQuiet: () => false }],
    ['is folded again into a rebuilt store', { isBehind: () => false, isQuiet: () => true }],
  ])('does not send a record again that %s', async (_, positions) => {
    const { result, sent } = await run(record({ partition: ELSEWHERE }), { positions });
    expect({ kind: result?.kind, sent }).toEqual({ kind: 'ok', sent: [] });
  });

  it('takes nothing for sent before Kafka has acknowledged it', async () => {
    const producer = { sendAll: () => Promise.reject(new Error('not acknowledged')) };
    const elements = [{ record: record({ partition: ELSEWHERE }), value: event() }];
    const step = sendHome(producer, topicName('clickstream'), () => PARTITIONS, nothing);
    await expect(step(elements, batchOf(elements))).rejects.toThrow('not acknowledged');
  });
});
