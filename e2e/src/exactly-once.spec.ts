import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFailedHeaders, subjectKey, usageSchema, type SubjectId, type SubjectKey } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { BatchingProducer, createKafka, endOffsets, groupLag, readAll, type RawRecord } from '@offerstream/kafka';
import { LmdbProfileStore } from '@offerstream/profile-store';
import { BrokerProxy, startOwnKafka, type OwnKafka } from '@offerstream/testing';
import { itemId, ITEMS, Line, TENANT } from './line.js';
import { expectedProfiles, messageIdOf, readOffers } from './oracle.js';
import type { ServiceProcess } from './service-process.js';

const SHOPPERS = 400;
const EVENTS_PER_SECOND = 1_000;
const TICK_MS = 50;
const KILLS = 24;
const PARTITIONS = 12;
const POINTS = [
  'before-save',
  'after-save',
  'before-publish',
  'after-publish',
  'before-commit',
  'after-commit',
] as const;
/** Two that make it a suspect among others, and two while it is alone in work. */
const DEATHS_BEFORE_SET_ASIDE = 4;
const EVENTS = ['Product Viewed', 'Product Clicked', 'Product Added'];
/** Of an event that brings an offer's id back. */
const ANSWERING = 'Product Added';

/** Sends views at a steady rate until told to stop; what it returns was acknowledged. */
const steadyStream = (line: Line, producer: BatchingProducer) => {
  let going = true;
  let sent = 0;
  const acknowledged: Promise<void>[] = [];
  const run = async (): Promise<number> => {
    const began = Date.now();
    while (going) {
      const due = Math.floor(((Date.now() - began) / 1_000) * EVENTS_PER_SECOND) - sent;
      const records = Array.from({ length: due }, () => {
        const n = sent++;
        const shopper = `shopper-${(n * 7_919) % SHOPPERS}`;
        const call = {
          type: 'track',
          event: EVENTS[n % EVENTS.length],
          userId: shopper,
          messageId: `message-${n}`,
          timestamp: new Date(Date.now() - (n % 5) * 1_000).toISOString(),
          properties: {
            product_id: itemId((n * 31) % ITEMS),
            ...(EVENTS[n % EVENTS.length] === ANSWERING ? { offer_id: n.toString(16).padStart(32, '0') } : {}),
          },
        };
        return {
          topic: line.topic('clickstream'),
          key: subjectKey(TENANT, shopper as SubjectId),
          value: JSON.stringify(call),
          headers: { ce_id: call.messageId },
        };
      });
      if (records.length > 0) acknowledged.push(producer.sendAll(records));
      await sleep(TICK_MS);
    }
    await Promise.all(acknowledged);
    return sent;
  };
  const running = run();
  return {
    stop: () => {
      going = false;
      return running;
    },
  };
};

/**
 * LMDB says so where a process was killed that held the lock of all writers: one that waits for it can't write any more, ends, and is started
 * again.
 */
const LOCK_OF_THE_DEAD = 'MDB_PANIC';

/** Keeps a personalizer running with one fault point after the other, until there have been enough deaths. */
const keepKilling = async (
  line: Line,
  nextTurn: () => number,
  deaths: (typeof POINTS)[number][],
  onDeath: (count: number) => Promise<void>,
): Promise<ServiceProcess> => {
  while (deaths.length < KILLS) {
    const turn = nextTurn();
    const point = POINTS[turn % POINTS.length] ?? 'before-save';
    // Every third turn dies early, in the replay of what the death before it left.
    const passes = turn % 3 === 0 ? 1 : 3 + ((turn * 5) % 17);
    const personalizer = await line.startPersonalizer({ FAULTS: `${point}=kill@${passes}` });
    const how = await personalizer.ended;
    if (how === 70 && personalizer.log().includes(LOCK_OF_THE_DEAD)) continue;
    if (how !== 'SIGKILL') throw new Error(`The personalizer ended with ${how}:\n${personalizer.log().slice(-4_000)}`);
    deaths.push(point);
    await onDeath(deaths.length);
  }
  return line.startPersonalizer();
};

/** Starts a personalizer that halts itself at a fault point, and wakes it when `other` has taken all partitions over. */
const sleepAt = async (point: (typeof POINTS)[number], line: Line, other: ServiceProcess): Promise<ServiceProcess> => {
  // One batch at a time: another one's save, halted on its way, would keep everybody else out of the store.
  const sleeper = await line.startPersonalizer({ FAULTS: `${point}=stop@10`, BATCHES_IN_FLIGHT: '1' });
  const isAsleep = () => readFileSync(`/proc/${sleeper.child.pid}/stat`, 'utf8').split(') ')[1]?.startsWith('T');
  expect(await waitUntil(() => isAsleep() === true, { timeoutMs: 120_000 })).toBe(true);
  const hasTakenOver = async () => (await other.metric('personalizer_assigned_partitions')) === PARTITIONS;
  expect(await waitUntil(hasTakenOver, { timeoutMs: 120_000 })).toBe(true);
  // Once the other has folded what the sleeper has in work.
  const ends = await endOffsets(line.kafka, line.topic('clickstream'));
  const isFolded = async (): Promise<boolean> => {
    const lag = await groupLag(line.kafka, line.group, line.topic('clickstream'));
    return [...ends].every(([partition, end]) => (lag.get(partition)?.committed ?? 0) >= end);
  };
  expect(await waitUntil(isFolded, { timeoutMs: 300_000, everyMs: 250 })).toBe(true);
  sleeper.signal('SIGCONT');
  const hasJoinedAgain = async () => (await other.metric('personalizer_assigned_partitions')) < PARTITIONS;
  expect(await waitUntil(hasJoinedAgain, { timeoutMs: 120_000 })).toBe(true);
  return sleeper;
};

describe('every accepted event is applied exactly once in effect', () => {
  let kafka: OwnKafka;
  let line: Line;
  let proxy: BrokerProxy;
  let producer: BatchingProducer;
  let stream: ReturnType<typeof steadyStream> | undefined;
  beforeAll(async () => {
    kafka = await startOwnKafka();
    line = await Line.prepare(kafka.brokers);
    const [host = '', port] = kafka.brokers[0]?.split(':') ?? [];
    proxy = new BrokerProxy({ host, port: Number(port) });
    const proxied = createKafka({ brokers: [await proxy.listen()], clientId: 'shop', naming: line.naming });
    producer = new BatchingProducer(proxied, { deliveryTimeoutMs: Infinity });
  });
  afterAll(async () => {
    await stream?.stop();
    await producer.disconnect();
    await proxy.close();
    await line.close();
    await kafka.stop();
  });

  it('across deaths at every point, bounces of Kafka, a model swap and a long pause', async () => {
    await line.startInference();
    // Now and then the broker has taken the records and its answer is lost.
    let answers = 0;
    let cuts = 0;
    proxy.cutsProduceAnswer = () => {
      answers += 1;
      if (answers % 200 !== 0) return false;
      cuts += 1;
      return true;
    };
    stream = steadyStream(line, producer);
    const deaths: (typeof POINTS)[number][] = [];
    const onDeath = async (count: number): Promise<void> => {
      if (count === 6 || count === 14) {
        await kafka.kill();
        await kafka.restart();
      }
      if (count === 9 || count === 17) {
        // Between a crash and its replay, another version serves.
        const version = String(count);
        await line.writeModel(version);
        await line.promote(version);
      }
    };
    // However the two share the deaths, the points have theirs in turn.
    let turns = 0;
    const nextTurn = () => turns++;
    const [one, other] = await Promise.all([
      keepKilling(line, nextTurn, deaths, onDeath),
      keepKilling(line, nextTurn, deaths, onDeath),
    ]);
    await Promise.all([one.ready(), other.ready()]);

    // Halted in the middle of a batch for longer than its session, it wakes to find that another has done the work.
    await one.stop();
    const savedTooLate = await sleepAt('before-save', line, other);
    const hasGivenUp = async () => (await savedTooLate.metric('personalizer_abandoned_batches_total')) > 0;
    expect(await waitUntil(hasGivenUp, { timeoutMs: 120_000 })).toBe(true);
    await savedTooLate.stop();
    const publishedTooLate = await sleepAt('before-publish', line, other);
    await publishedTooLate.stop();

    const sent = await stream.stop();
    // What deaths and record by record have left undone takes a busy machine a while.
    await line.untilDone(300_000);
    for (const point of POINTS) expect(deaths.filter((death) => death === point).length).toBeGreaterThanOrEqual(2);
    expect(cuts).toBeGreaterThan(0);

    const clickstream = await readAll(line.kafka, line.topic('clickstream'));
    expect(new Set(clickstream.map(messageIdOf)).size).toBe(sent);
    const setAside = await messagesSetAside(line);
    expect(setAside.size).toBeLessThanOrEqual(KILLS / DEATHS_BEFORE_SET_ASIDE);
    const applied = await withoutUnapplied(line, clickstream, setAside);
    await expectProfilesToFollow(line, applied);
    await expectOffersToFollow(line, applied);
    await expectOutcomesToFollow(line, applied, setAside);
    await expectUsageToFollow(line, applied);
  }, 1_800_000);
});

/**
 * The record that is in work when the process is killed from outside looks like one that kills it; where that happens to the same
 * record again and again, it goes to the dead letters, whether it was saved before the last death or not.
 */
const messagesSetAside = async (line: Line): Promise<ReadonlySet<string>> => {
  const failed = await readAll(line.kafka, line.topic('clickstream-failed'));
  expect(new Set(failed.map(({ headers }) => readFailedHeaders(headers).reason))).toEqual(
    new Set(failed.length === 0 ? [] : ['crash']),
  );
  return new Set(failed.map(messageIdOf));
};

/** The records without those that were set aside before they were applied, as the number of the shopper's events tells. */
const withoutUnapplied = async (
  line: Line,
  clickstream: readonly RawRecord[],
  setAside: ReadonlySet<string>,
): Promise<readonly RawRecord[]> => {
  if (setAside.size === 0) return clickstream;
  const store = new LmdbProfileStore(line.path('profiles'));
  try {
    const unapplied = new Set<string>();
    const suspects = clickstream.filter((record) => setAside.has(messageIdOf(record)));
    for (const [key, ofShopper] of Map.groupBy(suspects, (record) => String(record.key))) {
      const [profile] = await store.profiles([key as SubjectKey]);
      const all = clickstream.filter((record) => String(record.key) === key);
      const missing = new Set(all.map(messageIdOf)).size - (profile?.events ?? 0);
      expect([0, ofShopper.length]).toContain(missing);
      if (missing > 0) for (const record of ofShopper) unapplied.add(messageIdOf(record));
    }
    return clickstream.filter((record) => !unapplied.has(messageIdOf(record)));
  } finally {
    await store.close();
  }
};

const expectProfilesToFollow = async (line: Line, clickstream: readonly RawRecord[]): Promise<void> => {
  const expected = expectedProfiles(clickstream);
  const store = new LmdbProfileStore(line.path('profiles'));
  try {
    const shoppers = [...expected.keys()];
    const profiles = await store.profiles(shoppers.map((shopper) => subjectKey(TENANT, shopper as SubjectId)));
    const differing = shoppers.flatMap((shopper, index) => {
      const profile = profiles[index];
      const wanted = expected.get(shopper);
      if (profile !== undefined && profile.events === wanted?.events && sameHistory(profile.history(), wanted.history))
        return [];
      return [
        {
          shopper,
          events: profile?.events,
          expected: wanted?.events,
          guard: profile?.guard,
          last: wanted?.last.offset,
        },
      ];
    });
    expect(differing).toEqual([]);
    const applied = [...(await store.positions()).values()].reduce((sum, { counts }) => sum + counts.applied, 0);
    expect(applied).toBe(clickstream.length);
  } finally {
    await store.close();
  }
};

const sameHistory = (
  one: readonly { itemHash: bigint; action: number; timeSeconds: number }[],
  other: readonly { itemHash: bigint; action: number; timeSeconds: number }[],
): boolean =>
  one.length === other.length &&
  one.every(
    (entry, index) =>
      entry.itemHash === other[index]?.itemHash &&
      entry.action === other[index].action &&
      entry.timeSeconds === other[index].timeSeconds,
  );

const expectOffersToFollow = async (line: Line, clickstream: readonly RawRecord[]): Promise<void> => {
  const offers = await readOffers(line);
  const contents = new Map<string, Set<string>>();
  for (const { id, bytes } of offers) contents.set(id, (contents.get(id) ?? new Set()).add(bytes));
  expect([...contents].filter(([, bytes]) => bytes.size > 1).map(([id]) => id)).toEqual([]);
  // Deaths after a save had their offers published again, or for the first time, by whoever came next.
  expect(offers.length).toBeGreaterThan(contents.size);
  expect(new Set(offers.map(({ version }) => version))).toEqual(new Set(['1', '9', '17']));

  // A consumer that keeps the highest revision, in the order of the topic.
  const place = new Map(clickstream.map((record) => [messageIdOf(record), record.offset]));
  const kept = new Map<string, { revision: number; causeMessageId: string }>();
  const backwards: string[] = [];
  for (const offer of offers) {
    const before = kept.get(offer.subject);
    if (before !== undefined && offer.revision <= before.revision) continue;
    if (before !== undefined && (place.get(offer.causeMessageId) ?? -1) < (place.get(before.causeMessageId) ?? -1))
      backwards.push(offer.id);
    kept.set(offer.subject, offer);
  }
  expect(backwards).toEqual([]);
  const stale = [...expectedProfiles(clickstream)].filter(
    ([shopper, { last }]) => kept.get(shopper)?.causeMessageId !== messageIdOf(last),
  );
  expect(stale.map(([shopper]) => shopper)).toEqual([]);
};

const expectOutcomesToFollow = async (
  line: Line,
  clickstream: readonly RawRecord[],
  setAside: ReadonlySet<string>,
): Promise<void> => {
  const outcomes = (await readAll(line.kafka, line.topic('outcomes'))).map(({ value }) => String(value));
  const distinct = new Set(outcomes);
  const answering = clickstream.filter(
    ({ value }) => (JSON.parse(String(value)) as { event: string }).event === ANSWERING,
  );
  // What was set aside may have been saved, and its outcome not published.
  const publishedForSure = (ids: readonly string[]) => ids.filter((id) => !setAside.has(id)).sort();
  const ids = [...distinct].map((bytes) => (JSON.parse(bytes) as { id: string }).id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(publishedForSure(ids)).toEqual(publishedForSure(answering.map(messageIdOf)));
  // What came again after a death said the same again.
  expect(outcomes.length).toBeGreaterThan(distinct.size);
};

/** Each death may have lost what was not flushed; no event is counted twice. */
const expectUsageToFollow = async (line: Line, clickstream: readonly RawRecord[]): Promise<void> => {
  const greatest = new Map<string, number>();
  for (const { key, value } of await readAll(line.kafka, line.topic('usage'))) {
    const { counts } = usageSchema.parse(JSON.parse(String(value)));
    greatest.set(String(key), Math.max(greatest.get(String(key)) ?? 0, counts['events'] ?? 0));
  }
  const counted = [...greatest.values()].reduce((sum, count) => sum + count, 0);
  expect(counted).toBeGreaterThan(0);
  expect(counted).toBeLessThanOrEqual(clickstream.length);
};
