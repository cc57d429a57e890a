import type { TopicName } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { endOffsets, homePartition, readAll, type RawRecord } from '@offerstream/kafka';
import { kafkaBrokers } from '@offerstream/testing';
import { clickstreamRecord, viewCall } from './events.js';
import { Line } from './line.js';
import { readOffers } from './oracle.js';
import { recordsOn } from './records-on.js';
import { differingProfiles, keyOf, storedCounts } from './stored-profiles.js';

const PARTITIONS = 12;
const GROWN = 24;
const EVENTS = 100;
/** All that has come goes into one batch. */
const TOGETHER = { BATCH_RECORDS: '5000', GATHER_MS: '1000' };

let line: Line;
beforeEach(async () => {
  line = await Line.prepare(await kafkaBrokers());
  await line.startInference();
}, 120_000);
afterEach(() => line.close());

/** Views of one shopper in one partition, whatever the key says: another client's partitioner. */
const sendTo = (partition: number, shopper: string, from: number, to: number): Promise<void> =>
  line.producer.sendAll(
    Array.from({ length: to - from }, (_, index) => ({
      ...clickstreamRecord(line, viewCall(shopper, from + index)),
      partition,
    })),
  );

/** Runs a personalizer until everything is processed, also what it sent home meanwhile. */
const processAll = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
  const personalizer = await line.startPersonalizer(env);
  await personalizer.ready();
  await line.untilDone();
  // What is folded again was committed before.
  if (!(await waitUntil(isAllFolded, { timeoutMs: 120_000, everyMs: 250 }))) throw new Error('Not all was folded.');
  await personalizer.stop();
};

const isAllFolded = async (): Promise<boolean> => {
  const { applied, dropped, failed } = await storedCounts(line);
  const counts = [applied, ...Object.values(dropped), ...Object.values(failed)];
  return sum(counts) === (await written('clickstream'));
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const clickstream = (): Promise<readonly RawRecord[]> => readAll(line.kafka, line.topic('clickstream'));

const written = (topic: TopicName): Promise<number> => recordsOn(line.kafka, line.topic(topic));

const everythingPublished = async (): Promise<number> =>
  sum(await Promise.all((['offers', 'user-vectors', 'clickstream'] as const).map(written)));

describe('events that strayed to another partition', () => {
  it('are applied once each when the process dies after sending them home and before it saves that, also in a rebuild', async () => {
    const home = homePartition(keyOf('anna'), PARTITIONS);
    await sendTo((home + 5) % PARTITIONS, 'anna', 0, EVENTS);
    const first = await line.startPersonalizer({ FAULTS: 'before-save=kill', ...TOGETHER });
    expect(await first.ended).toBe('SIGKILL');
    await processAll();

    const resent = (await clickstream()).length - 2 * EVENTS;
    // More than the messageIds that a profile knows.
    expect(resent).toBeGreaterThan(32);
    expect(await differingProfiles(line, await clickstream())).toEqual([]);
    const counts = { applied: EVENTS, dropped: { 'sent-home': EVENTS, resent }, failed: {} };
    expect(await storedCounts(line)).toEqual(counts);
    const newest = (await readOffers(line)).reduce((one, other) => (other.revision > one.revision ? other : one));
    expect(newest.causeMessageId).toBe(`anna-${EVENTS - 1}`);

    // Folded again they stand in both places, and at home twice.
    const published = await everythingPublished();
    await processAll({ REBUILD: 'monday' });
    expect(await differingProfiles(line, await clickstream())).toEqual([]);
    expect(await storedCounts(line)).toEqual({ applied: EVENTS, dropped: { resent: EVENTS + resent }, failed: {} });
    expect(await everythingPublished()).toBe(published);
  });

  it('since the topic grew are folded again once each, with those that had their home in the same partition before', async () => {
    const shopper = movesWithGrowth();
    const formerHome = homePartition(keyOf(shopper), PARTITIONS);
    await sendTo(formerHome, shopper, 0, EVENTS);
    await processAll();
    await grow();
    // A client that does not know of it yet.
    await sendTo(formerHome, shopper, EVENTS, 2 * EVENTS);
    await processAll();
    const counts = { applied: 2 * EVENTS, failed: {} };
    expect(await storedCounts(line)).toEqual({ ...counts, dropped: { 'sent-home': EVENTS } });
    expect(await differingProfiles(line, await clickstream())).toEqual([]);

    await processAll({ REBUILD: 'monday', BATCH_RECORDS: '16' });
    expect(await storedCounts(line)).toEqual({ ...counts, dropped: { resent: EVENTS } });
    expect(await differingProfiles(line, await clickstream())).toEqual([]);
  });

  const movesWithGrowth = (): string => {
    const moves = (shopper: string) =>
      homePartition(keyOf(shopper), PARTITIONS) !== homePartition(keyOf(shopper), GROWN);
    for (let n = 0; ; n++) if (moves(`shopper-${n}`)) return `shopper-${n}`;
  };

  const grow = async (): Promise<void> => {
    await line.kafka.withAdmin((admin) =>
      admin.createPartitions({ topicPartitions: [{ topic: line.topic('clickstream'), count: GROWN }] }),
    );
    // The new partitions have no leaders at first.
    const isGrown = async () =>
      (await endOffsets(line.kafka, line.topic('clickstream')).catch(() => new Map<number, number>())).size === GROWN;
    if (!(await waitUntil(isGrown, { timeoutMs: 60_000, everyMs: 250 }))) throw new Error('clickstream did not grow');
  };
});
