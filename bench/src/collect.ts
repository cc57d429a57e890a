import { createHash } from 'node:crypto';
import { freePort } from '@offerstream/infra';
import { ensureTopics } from '@offerstream/kafka';
import { distribution } from './distribution.js';
import { HttpConnections, postRequest } from './http-connections.js';
import { machine, report } from './machine.js';
import { atPace } from './pace.js';
import { Rig, type RunningService } from './rig.js';
import { publishShop, randomFrom, viewEvent, WRITE_KEY } from './shop.js';

export interface CollectSettings {
  readonly connections: number;
  /** Requests a second of the even load. */
  readonly rate: number;
  /** Events in a batch. */
  readonly batch: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

const SUBJECTS = 20_000;
const ITEMS = 10_000;
const SINGLE_REQUESTS = 20_000;
const BATCH_REQUESTS = 300;

/** What the collector takes, every request answered after Kafka's acknowledgement. */
export const benchCollect = async (settings: CollectSettings): Promise<void> => {
  const rig = await Rig.start();
  try {
    await ensureTopics(rig.kafka, ['clickstream', 'clickstream-failed', 'tenants', 'catalog', 'models'], {
      replicationFactor: 1,
    });
    await publishShop(rig, 1, createHash('sha256').update(WRITE_KEY).digest('hex'));
    const port = await freePort();
    const collector = await rig.startService('collector', { HTTP_PORT: String(port) });
    const connections = await HttpConnections.open(port, settings.connections);

    const singles = singleRequests();
    const batches = batchRequests(settings.batch);
    const measured: [string, number, () => Promise<Load>][] = [
      ['single', 1, () => withoutPause(connections, singles, settings)],
      ['even', 1, () => evenly(connections, singles, settings)],
      ['batch', settings.batch, () => withoutPause(connections, batches, settings)],
    ];
    for (const [mode, eventsPerRequest, load] of measured) {
      const figures = await withProcessorTime(collector, eventsPerRequest, load);
      report({ bench: 'collect', mode, ...figures, broker: rig.brokerSource, settings, machine: machine() });
    }
    connections.close();
  } finally {
    await rig.close();
  }
};

/** The same requests over and over, made beforehand so that making them does not take part of the two cores. */
class Requests {
  private next = 0;

  constructor(private readonly requests: readonly Buffer[]) {}

  take(): Buffer {
    return this.requests[this.next++ % this.requests.length] as Buffer;
  }
}

const events = (): (() => string) => {
  const random = randomFrom(1);
  let made = 0;
  return () =>
    viewEvent(Math.floor(random() * SUBJECTS), Math.floor(random() * ITEMS), `collect-${made++}`, Date.now());
};

const singleRequests = (): Requests => {
  const event = events();
  return new Requests(Array.from({ length: SINGLE_REQUESTS }, () => postRequest('/v1/track', WRITE_KEY, event())));
};

const batchRequests = (size: number): Requests => {
  const event = events();
  return new Requests(
    Array.from({ length: BATCH_REQUESTS }, () =>
      postRequest('/v1/batch', WRITE_KEY, `{"batch":[${Array.from({ length: size }, event).join()}]}`),
    ),
  );
};

interface Load {
  /** Of the requests that were answered 200 in the measured time. */
  readonly latenciesMs: readonly number[];
  /** Requests answered otherwise, and how the first of them was. */
  readonly refused: number;
  readonly firstRefusal: string | undefined;
  /** All answered requests, those of the warm-up too. */
  readonly answered: number;
  readonly seconds: number;
}

/** Collects the answers to a load of which the first seconds do not count. */
class Answers {
  private readonly latenciesMs: number[] = [];
  private refused = 0;
  private firstRefusal: string | undefined;
  private answered = 0;
  private readonly countsFrom: number;
  readonly endsAt: number;

  constructor(private readonly settings: CollectSettings) {
    this.countsFrom = performance.now() + settings.warmUpSeconds * 1_000;
    this.endsAt = this.countsFrom + settings.seconds * 1_000;
  }

  async of(connections: HttpConnections, request: Buffer, dueAt: number): Promise<void> {
    const { status, body } = await connections.send(request);
    const now = performance.now();
    this.answered++;
    if (status !== 200) {
      this.refused++;
      this.firstRefusal ??= `${status} ${body}`;
    } else if (now >= this.countsFrom && now < this.endsAt) this.latenciesMs.push(now - dueAt);
  }

  load(): Load {
    const { latenciesMs, refused, firstRefusal, answered, settings } = this;
    return { latenciesMs, refused, firstRefusal, answered, seconds: settings.seconds };
  }
}

/** On every connection the next request as soon as the last one is answered. */
const withoutPause = async (
  connections: HttpConnections,
  requests: Requests,
  settings: CollectSettings,
): Promise<Load> => {
  const answers = new Answers(settings);
  const oneAfterTheOther = async (): Promise<void> => {
    for (let now = performance.now(); now < answers.endsAt; now = performance.now())
      await answers.of(connections, requests.take(), now);
  };
  await Promise.all(Array.from({ length: settings.connections }, oneAfterTheOther));
  return answers.load();
};

const evenly = async (connections: HttpConnections, requests: Requests, settings: CollectSettings): Promise<Load> => {
  const answers = new Answers(settings);
  const sent: Promise<void>[] = [];
  await atPace({ perSecond: settings.rate, seconds: settings.warmUpSeconds + settings.seconds }, (dueAt) =>
    sent.push(answers.of(connections, requests.take(), dueAt)),
  );
  await Promise.all(sent);
  return answers.load();
};

const withProcessorTime = async (collector: RunningService, eventsPerRequest: number, load: () => Promise<Load>) => {
  const before = { collector: collector.cpuSeconds(), client: process.cpuUsage() };
  const { latenciesMs, refused, firstRefusal, answered, seconds } = await load();
  const client = process.cpuUsage(before.client);
  const perSecond = latenciesMs.length / seconds;
  const us = (cpuSeconds: number): number => Math.round((cpuSeconds * 1e7) / (answered * eventsPerRequest)) / 10;
  return {
    requestsPerSecond: Math.round(perSecond),
    eventsPerSecond: Math.round(perSecond * eventsPerRequest),
    acceptMs: distribution(latenciesMs),
    refused,
    firstRefusal,
    cpuUsPerEvent: {
      collector: us(collector.cpuSeconds() - before.collector),
      client: us((client.user + client.system) / 1e6),
    },
  };
};
