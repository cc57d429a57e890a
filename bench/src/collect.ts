import { freePort } from '@offerstream/infra';
import { ensureTopics } from '@offerstream/kafka';
import { distribution } from './distribution.js';
import { HttpConnections, postRequest } from './http-connections.js';
import { evenly, Requests, withoutPause, type Load, type LoadTime } from './http-load.js';
import { machine, report } from './machine.js';
import { Rig, type RunningService } from './rig.js';
import { publishShop, randomFrom, viewEvent, WRITE_KEY } from './shop.js';

export interface CollectSettings extends LoadTime {
  readonly connections: number;
  /** Requests a second of the even load. */
  readonly rate: number;
  /** Events in a batch. */
  readonly batch: number;
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
    await publishShop(rig, 1);
    const port = await freePort();
    const collector = await rig.startService('collector', { HTTP_PORT: String(port) });
    const connections = await HttpConnections.open(port, settings.connections);

    const singles = singleRequests();
    const batches = batchRequests(settings.batch);
    const measured: [string, number, () => Promise<Load>][] = [
      ['single', 1, () => withoutPause(connections, singles, settings)],
      ['even', 1, () => evenly(connections, singles, settings, settings.rate)],
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
