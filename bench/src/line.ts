import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { subjectKey, TOPIC_NAMES } from '@offerstream/contracts';
import { BatchingProducer, endOffsets, ensureTopics, groupLag, readRecord } from '@offerstream/kafka';
import { fillStore } from './fill-store.js';
import { machine, report } from './machine.js';
import { median } from './median.js';
import { cpuSecondsOf, residentBytesOf, Rig, type RunningService } from './rig.js';
import { publishShop, randomFrom, subjectId, TENANT, viewEvent, writeModel } from './shop.js';

export interface LineOptions {
  readonly items: number;
  readonly events: number;
  readonly subjects: number;
  readonly dimensions: number;
  readonly runs: number;
}

const GROUP = 'offerstream-personalizer';

/** Events a second from a backlog: fold, iALS score, offer and vector, everything saved, acknowledged and committed. */
export const benchLine = async (options: LineOptions): Promise<void> => {
  const rates: number[] = [];
  for (let run = 1; run <= options.runs; run++) {
    const figures = await oneRun(options, run);
    rates.push(figures.eventsPerSecond);
    report({ bench: 'line', run, ...figures, settings: options, machine: machine() });
  }
  report({
    bench: 'line',
    median: true,
    eventsPerSecond: median(rates),
    of: rates,
    settings: options,
    machine: machine(),
  });
};

const oneRun = async ({ items, events, subjects, dimensions }: LineOptions, seed: number) => {
  const rig = await Rig.start();
  try {
    await ensureTopics(rig.kafka, TOPIC_NAMES, { replicationFactor: 1 });
    await writeModel(rig.path('models'), '1', items, dimensions);
    await publishShop(rig, items);
    await fillStore(rig.path('profiles'), { subjects, items, seed });
    await fillClickstream(rig, { items, events, subjects, seed });

    const port = '8901';
    const inference = await rig.startService('inference', { MODELS_DIR: rig.path('models'), GRPC_PORT: port });
    const broker = javaBroker(rig.brokers);
    const before = { inference: inference.cpuSeconds(), broker: broker === undefined ? 0 : cpuSecondsOf(broker) };
    const personalizer = await rig.startService('personalizer', {
      INFERENCE_ADDRESS: `127.0.0.1:${port}`,
      PROFILES_DIR: rig.path('profiles'),
    });
    await untilNoLag(rig);
    const span = await offersSpan(rig);
    const profilesMB = Math.round(statSync(rig.path('profiles/data.mdb')).size / 1e6);
    const us = (seconds: number): number => Math.round((seconds / events) * 1e6);
    return {
      eventsPerSecond: Math.round(events / span.seconds),
      offersPerSecond: Math.round(span.offers / span.seconds),
      offersShare: Math.round((span.offers / events) * 1_000) / 1_000,
      seconds: Math.round(span.seconds * 100) / 100,
      cpuUsPerEvent: {
        personalizer: us(personalizer.cpuSeconds()),
        inference: us(inference.cpuSeconds() - before.inference),
        broker: broker === undefined ? undefined : us(cpuSecondsOf(broker) - before.broker),
      },
      profilesMB,
      residentMB: {
        personalizer: megabytes(personalizer),
        inference: megabytes(inference),
        broker: broker === undefined ? undefined : Math.round(residentBytesOf(broker) / 1e6),
      },
    };
  } finally {
    await rig.close();
  }
};

const megabytes = (service: RunningService): number => Math.round(service.residentBytes() / 1e6);

const fillClickstream = async (
  rig: Rig,
  {
    items,
    events,
    subjects,
    seed,
  }: { readonly items: number; readonly events: number; readonly subjects: number; readonly seed: number },
): Promise<void> => {
  const producer = new BatchingProducer(rig.kafka);
  const random = randomFrom(seed + 1_000);
  const startMs = Date.now() - events;
  for (let from = 0; from < events; from += 5_000)
    await producer.sendAll(
      Array.from({ length: Math.min(5_000, events - from) }, (_, index) => {
        const subject = Math.floor(random() * subjects);
        return {
          topic: rig.topic('clickstream'),
          key: subjectKey(TENANT, subjectId(subject)),
          value: viewEvent(subject, Math.floor(random() * items), `${seed}-${from + index}`, startMs + from + index),
          headers: {
            ce_id: `${seed}-${from + index}`,
            ce_specversion: '1.0',
            ce_source: '/bench',
            ce_type: 'offerstream.clickstream.v1',
          },
        };
      }),
    );
  await producer.disconnect();
};

const untilNoLag = async (rig: Rig): Promise<void> => {
  for (;;) {
    const lag = await groupLag(rig.kafka, GROUP, rig.topic('clickstream'));
    if ([...lag.values()].every((partition) => partition.lag === 0)) return;
    await sleep(1_000);
  }
};

/** How many offers there are, and how long it took from the first one's append to the last one's. */
const offersSpan = async (rig: Rig): Promise<{ readonly offers: number; readonly seconds: number }> => {
  const topic = rig.topic('offers');
  let offers = 0;
  let first = Infinity;
  let last = 0;
  for (const [partition, end] of await endOffsets(rig.kafka, topic)) {
    offers += end;
    for (const offset of end === 0 ? [] : [0, end - 1]) {
      const record = await readRecord(rig.kafka, topic, partition, offset);
      if (typeof record === 'string') continue;
      first = Math.min(first, record.appendedAt);
      last = Math.max(last, record.appendedAt);
    }
  }
  return { offers, seconds: (last - first) / 1_000 };
};

/** The process of a broker that runs on Java on this machine. */
const javaBroker = (brokers: string): number | undefined => {
  const port = brokers.split(':').pop() ?? '';
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (command.includes('kafka.Kafka') && readFileSync(lastArgument(command), 'utf8').includes(`:${port}`))
        return Number(pid);
    } catch {
      // The process ended, or is another's.
    }
  }
  return undefined;
};

const lastArgument = (command: string): string =>
  command
    .split('\0')
    .filter((part) => part !== '')
    .pop() ?? '';
