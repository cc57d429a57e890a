import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConsoleLogger } from '@nestjs/common';
import {
  hash128,
  subjectKey,
  topicOnBroker,
  type SubjectId,
  type TenantId,
  type TopicNaming,
} from '@offerstream/contracts';
import type { SegmentTrack } from '@offerstream/demo-shop';
import { BatchingProducer, createKafka, deleteTopics, ensureTopics, type Kafka } from '@offerstream/kafka';
import { FaultPoints, Health, type ServiceApplication } from '@offerstream/service-kit';
import { kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import { Registry } from 'prom-client';
import { isInControlGroup } from './control-group.js';
import { shoppersService } from './shoppers-service.js';

const DEMO = 'demo' as TenantId;

let brokers: readonly string[];
let naming: TopicNaming;
let kafka: Kafka;
beforeEach(async () => {
  brokers = await kafkaBrokers();
  naming = uniqueTopicNaming();
  kafka = createKafka({ brokers, clientId: 'shoppers-spec', naming });
  await ensureTopics(kafka, ['offers'], { onWarning: () => undefined });
});
afterEach(() => deleteTopics(kafka, [topicOnBroker('offers', naming)]));

/** A collector of which each batch, as it came, is asked for the status to answer with. */
const startCollector = async (statusOf: (batch: readonly SegmentTrack[]) => number) => {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { batch } = JSON.parse(body) as { readonly batch: readonly SegmentTrack[] };
      response.writeHead(statusOf(batch)).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};

const startShoppers = async (
  collectorUrl: string,
  eventsPerSecond: number,
  metrics = new Registry(),
): Promise<ServiceApplication> => {
  const shoppers = await shoppersService.create(
    shoppersService.readConfig({
      ADMIN_PORT: '0',
      KAFKA_BROKERS: brokers.join(','),
      TOPIC_PREFIX: naming.prefix,
      TOPIC_SUFFIX: naming.suffix,
      COLLECTOR_URL: collectorUrl,
      WRITE_KEY: 'key',
      TENANT: DEMO,
      PLACEMENT: 'home',
      CONTROL_PLACEMENT: 'home-popular',
      SHOP_SEED: '1',
      EVENTS_PER_SECOND: String(eventsPerSecond),
    }),
    {
      logger: new ConsoleLogger({ logLevels: ['fatal'] }),
      metrics,
      health: new Health(),
      faults: new FaultPoints(''),
      stopping: new AbortController().signal,
    },
  );
  await shoppers.listen();
  return shoppers;
};

it('sends a batch that was not taken again, the same, and stops while the collector takes nothing', async () => {
  const batches: unknown[] = [];
  const taken = Promise.withResolvers<undefined>();
  const refused = Promise.withResolvers<undefined>();
  const statuses = [401, 503, 200, 200];
  const collector = await startCollector((batch) => {
    batches.push(batch);
    if (batches.length === 4) taken.resolve(undefined);
    if (batches.length === 6) refused.resolve(undefined);
    return statuses[batches.length - 1] ?? 503;
  });
  const shoppers = await startShoppers(collector.url, 30);
  try {
    await taken.promise;
    expect(batches.slice(1, 3)).toEqual([batches[0], batches[0]]);
    expect(batches[3]).not.toEqual(batches[0]);
    await refused.promise;
  } finally {
    await shoppers.close();
    collector.close();
  }
});

it('answers the offers of the placement that is meant for a shopper, which count for nothing that was foreseen', async () => {
  const producer = new BatchingProducer(kafka);
  let revision = 0;
  const idOf = (placement: string, subject: string): string => hash128(`${placement} ${subject}`);
  const offer = (subject: string, placement: string, items: readonly string[]): void => {
    const value = {
      id: idOf(placement, subject),
      revision: ++revision,
      tenant: DEMO,
      subject,
      placement,
      items: items.map((item, index) => ({ item, rank: index + 1, score: 1, strategy: 'personal' })),
      model: null,
      cause: { messageId: 'm', eventTime: new Date().toISOString() },
      validUntil: new Date(Date.now() + 3_600_000).toISOString(),
    };
    void producer.append({
      topic: topicOnBroker('offers', naming),
      key: subjectKey(DEMO, subject as SubjectId),
      value: JSON.stringify(value),
    });
  };

  const calls: SegmentTrack[] = [];
  const answers = new Map<string, number>();
  const enough = Promise.withResolvers<undefined>();
  const collector = await startCollector((batch) => {
    // The same batch comes again once it has been refused.
    if (!calls.some(({ messageId }) => messageId === batch[0]?.messageId)) calls.push(...batch);
    for (const { userId, event, properties } of batch) {
      const { product_id: item, offer_id: answered } = properties as Readonly<Record<string, string | undefined>>;
      if (answered !== undefined) {
        const kind = `${event} ${isInControlGroup(userId)}`;
        answers.set(kind, (answers.get(kind) ?? 0) + 1);
      } else if (item !== undefined) {
        // What they looked at last twenty times over: they are the more likely to click it.
        for (const placement of ['home', 'home-popular']) offer(userId, placement, Array<string>(20).fill(item));
      }
    }
    const done = ['Product List Viewed true', 'Product Clicked true', 'Product Clicked false', 'Product Added false'];
    if (!done.every((kind) => answers.has(kind))) return 200;
    enough.resolve(undefined);
    return 503;
  });
  const metrics = new Registry();
  const shoppers = await startShoppers(collector.url, 500, metrics);
  try {
    await enough.promise;
    const before = new Map<string, SegmentTrack>();
    const seen = new Set<string>();
    let unasked = 0;
    let orders = 0;
    for (const call of calls) {
      const { userId, event, properties } = call;
      const previous = before.get(userId);
      before.set(userId, call);
      if (properties['offer_id'] !== undefined) {
        expect(properties['offer_id']).toBe(idOf(isInControlGroup(userId) ? 'home-popular' : 'home', userId));
      } else if (event === 'Order Completed' && previous?.properties['offer_id'] !== undefined) {
        // Of what was just offered, or of the cart as it was.
        orders += 1;
      } else if (event !== 'Product List Viewed') {
        if (seen.has(userId)) unasked += 1;
        seen.add(userId);
      }
    }
    const judged = Number(/^shoppers_judged_events (\d+)$/m.exec(await metrics.metrics())?.[1]);
    expect(judged).toBeGreaterThanOrEqual(unasked);
    expect(judged).toBeLessThanOrEqual(unasked + orders);
  } finally {
    await shoppers.close();
    collector.close();
    await producer.disconnect();
  }
});
