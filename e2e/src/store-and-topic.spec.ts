import { rm } from 'node:fs/promises';
import type { TopicName } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { deleteTopics, endOffsets, ensureTopics, groupLag, readAll, type RawRecord } from '@offerstream/kafka';
import { Profile } from '@offerstream/profile';
import { kafkaBrokers } from '@offerstream/testing';
import { clickstreamRecord, sendViews, shoppersNamed, viewCall } from './events.js';
import { Line } from './line.js';
import { readOffers } from './oracle.js';
import { recordsOn } from './records-on.js';
import { differingProfiles, keyOf, storedCounts, withStore } from './stored-profiles.js';

const SHOPPERS = shoppersNamed('shopper', 40);
const BUG_EXIT = 70;

let line: Line;
beforeEach(async () => {
  line = await Line.prepare(await kafkaBrokers());
  await line.startInference();
}, 120_000);
afterEach(() => line.close());

const clickstream = (): Promise<readonly RawRecord[]> => readAll(line.kafka, line.topic('clickstream'));
const written = (topic: TopicName): Promise<number> => recordsOn(line.kafka, line.topic(topic));

/** Runs a personalizer until everything is processed. */
const processAll = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
  const personalizer = await line.startPersonalizer(env);
  await personalizer.ready();
  await line.untilDone();
  await personalizer.stop();
};

const expectRefusal = async (because: string, env: Readonly<Record<string, string>> = {}): Promise<void> => {
  const personalizer = await line.startPersonalizer(env);
  await waitUntil(() => Promise.resolve(personalizer.hasEnded), { timeoutMs: 60_000, everyMs: 100 });
  expect(personalizer.child.exitCode).toBe(BUG_EXIT);
  expect(personalizer.log()).toContain(because);
  expect(personalizer.log()).toContain('REBUILD=');
};

/** Puts a stored record in place of a shopper's, as another version of the program or a broken disk would leave it. */
const replaceRecord = (shopper: string, change: (record: Buffer) => Buffer): Promise<void> =>
  withStore(line, async (store) => {
    const [profile] = await store.profiles([keyOf(shopper)]);
    if (profile === undefined) throw new Error(`${shopper} has no profile`);
    profile.raiseVersion();
    const record = change(profile.encode());
    const asStored = { version: profile.version, encode: () => record } as Profile;
    const outcome = await store.save({
      changes: [{ key: keyOf(shopper), profile: asStored, publication: undefined }],
      positions: new Map(),
    });
    expect(outcome).toBe('saved');
  });

describe('a topic that was made anew', () => {
  it('and is already longer than the old one is refused, with the fix; REBUILD=true then folds it', async () => {
    await sendViews(line, SHOPPERS, 0, 3);
    await processAll();
    const committed = await groupLag(line.kafka, line.group, line.topic('clickstream'));
    await deleteTopics(line.kafka, [line.topic('clickstream')]);
    await recreated();
    await sendViews(line, SHOPPERS, 100, 110);
    const ends = await endOffsets(line.kafka, line.topic('clickstream'));
    for (const [partition, end] of ends) expect(end).toBeGreaterThanOrEqual(committed.get(partition)?.end ?? 0);

    await expectRefusal('it was made anew');
    await processAll({ REBUILD: 'true' });
    expect(await differingProfiles(line, await clickstream())).toEqual([]);
    expect(await storedCounts(line)).toEqual({ applied: SHOPPERS.length * 10, dropped: {}, failed: {} });
  });

  /** The broker deletes a topic in the background, and refuses its name until it is gone. */
  const recreated = async (): Promise<void> => {
    const make = () =>
      ensureTopics(line.kafka, ['clickstream'], { replicationFactor: 1 }).then(
        () => true,
        () => false,
      );
    const isGone = async (): Promise<boolean> => {
      const names = await line.kafka.withAdmin((admin) => admin.listTopics());
      return !names.includes(line.topic('clickstream'));
    };
    const isRecreated = async (): Promise<boolean> => (await isGone()) && (await make());
    if (!(await waitUntil(isRecreated, { timeoutMs: 60_000, everyMs: 500 })))
      throw new Error('clickstream was not made anew');
  };
});

describe('partitions that are added while a backlog is uncommitted', () => {
  it('leave every event applied once in effect', async () => {
    await sendViews(line, SHOPPERS, 0, 60);
    // One batch of all, saved and published and not committed: more of each shopper than a profile knows messageIds.
    const together = { BATCH_RECORDS: '5000', GATHER_MS: '1000' };
    const first = await line.startPersonalizer({ FAULTS: 'before-commit=kill', ...together });
    expect(await first.ended).toBe('SIGKILL');
    expect((await storedCounts(line)).applied).toBe(SHOPPERS.length * 60);
    await sendViews(line, SHOPPERS, 60, 80);
    await line.kafka.withAdmin((admin) =>
      admin.createPartitions({ topicPartitions: [{ topic: line.topic('clickstream'), count: 24 }] }),
    );
    await untilProducerSees(24);
    await sendViews(line, SHOPPERS, 80, 90);
    await processAll();

    const sent = (await clickstream()).filter(firstOfItsMessage());
    expect(await differingProfiles(line, inOrderOfSending(sent))).toEqual([]);
    const { applied, dropped } = await storedCounts(line);
    expect(applied).toBe(sent.length);
    expect(dropped['sent-home']).toBeGreaterThan(0);
    const offers = await readOffers(line);
    for (const shopper of SHOPPERS) expect(offers.some(({ subject }) => subject === shopper)).toBe(true);
  });

  const untilProducerSees = async (count: number): Promise<void> => {
    let n = 0;
    const probe = async (): Promise<boolean> => {
      // A shopper of its own each time, so that the records reach all partitions the producer knows.
      await sendViews(line, shoppersNamed(`probe-${n++}`, 50), 0, 1);
      // The new partitions have no leaders at first.
      const ends = await endOffsets(line.kafka, line.topic('clickstream')).catch(() => new Map<number, number>());
      return ends.size === count && [...ends].some(([partition, end]) => partition >= 12 && end > 0);
    };
    if (!(await waitUntil(probe, { timeoutMs: 60_000, everyMs: 1_000 })))
      throw new Error('no record in a new partition');
  };

  /** A record that was sent home is on the topic twice. */
  const firstOfItsMessage = () => {
    const seen = new Set<string>();
    return ({ value }: RawRecord): boolean => {
      const { messageId } = JSON.parse(String(value)) as { messageId: string };
      return seen.size !== seen.add(messageId).size;
    };
  };

  /** The oracle takes a shopper's records in the order of one partition; here they are in two. */
  const inOrderOfSending = (records: readonly RawRecord[]): readonly RawRecord[] =>
    records.map((record) => ({ ...record, partition: 0, offset: Number(/-(\d+)"/.exec(messageOf(record))?.[1] ?? 0) }));
  const messageOf = ({ value }: RawRecord): string => /"messageId":"[^"]*"/.exec(String(value))?.[0] ?? '';
});

describe('a stored record', () => {
  it('that is corrupt ends the process with the fix in its message; REBUILD=true mends it', async () => {
    await sendViews(line, SHOPPERS, 0, 3);
    await processAll();
    await replaceRecord('shopper-7', (record) => record.subarray(0, record.length - 5));
    await sendViews(line, SHOPPERS, 3, 4);
    await expectRefusal("A stored profile can't be read");
    await processAll({ REBUILD: 'true' });
    expect(await differingProfiles(line, await clickstream())).toEqual([]);
  });

  it('of the previous format version is read and goes on', async () => {
    await sendViews(line, SHOPPERS, 0, 3);
    await processAll();
    for (const shopper of SHOPPERS) await replaceRecord(shopper, previousFormat);
    await sendViews(line, SHOPPERS, 3, 5);
    await processAll();
    expect(await differingProfiles(line, await clickstream())).toEqual([]);
  });

  /** Format 2 had no origins of strays; these shoppers have none. */
  const previousFormat = (record: Buffer): Buffer => {
    const earlier = Buffer.from(record);
    earlier[0] = 2;
    return earlier;
  };
});

describe('an empty store beside committed offsets', () => {
  it('is refused; REBUILD=true folds again and publishes nothing that was published, then goes on with what is new', async () => {
    await sendViews(line, SHOPPERS, 0, 10);
    await line.producer.append({ ...clickstreamRecord(line, viewCall('shopper-0', 99)), value: 'broken' });
    await processAll();
    const published = await everythingPublished();
    await rm(line.path('profiles'), { recursive: true });
    await expectRefusal('the profile store knows nothing of it');

    // It dies in the middle of the rebuild, and is started again in the same way.
    const first = await line.startPersonalizer({
      REBUILD: 'true',
      FAULTS: 'before-commit=kill@4',
      BATCH_RECORDS: '32',
    });
    expect(await first.ended).toBe('SIGKILL');
    await processAll({ REBUILD: 'true' });
    expect(await everythingPublished()).toEqual(published);
    const views = async () => (await clickstream()).filter(({ value }) => String(value) !== 'broken');
    expect(await differingProfiles(line, await views())).toEqual([]);

    await sendViews(line, SHOPPERS, 10, 11);
    await processAll();
    const offers = await readOffers(line);
    const causes = new Set(offers.map(({ causeMessageId }) => causeMessageId));
    for (const shopper of SHOPPERS) expect(causes).toContain(`${shopper}-10`);
    expect(await written('offers')).toBe(published.offers + SHOPPERS.length);
    expect(await differingProfiles(line, await views())).toEqual([]);
  });

  const everythingPublished = async () => ({
    offers: await written('offers'),
    vectors: await written('user-vectors'),
    failed: await written('clickstream-failed'),
    clickstream: await written('clickstream'),
  });
});
