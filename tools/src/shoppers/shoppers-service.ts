import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { topicOnBroker } from '@offerstream/contracts';
import { createDemoShop, segmentTrack, type PastEvent } from '@offerstream/demo-shop';
import { tailTopic } from '@offerstream/kafka';
import { createPrequential, type PrequentialEvent } from '@offerstream/learning';
import { kafkaFrom, type ServiceDefinition } from '@offerstream/service-kit';
import { CollectorClient } from './collector-client.js';
import { readConfig, type ShoppersConfig } from './config.js';
import { NewestOffers } from './newest-offers.js';
import { ShoppersMetrics } from './shoppers-metrics.js';
import { Visitors } from './visitors.js';

const SEND_EVERY_MS = 100;

/** Shoppers of a generated shop: they send what they do to the collector, and see whether their newest offer foresaw it. */
export const shoppersService: ServiceDefinition<ShoppersConfig> = {
  name: 'shoppers',
  readConfig,
  create: (config, { logger, metrics: registry }) => {
    const kafka = kafkaFrom(config.kafka, 'shoppers', logger);
    const shop = createDemoShop(config.shopSeed);
    const prequential = createPrequential(shop.history(Date.now()).map(asTraining));
    const metrics = new ShoppersMetrics(registry, () => prequential.report());
    const offers = new NewestOffers(config.tenant, config.placement);
    const visitors = new Visitors({
      visits: shop.visits(Date.now()),
      eventsPerSecond: config.eventsPerSecond,
      random: Math.random,
    });
    const collector = new CollectorClient({
      url: config.collectorUrl,
      writeKey: config.writeKey,
      onRetry: (reason) => {
        metrics.retried();
        logger.warn(`sending again: ${reason}`, 'collector');
      },
    });
    const tail = tailTopic(kafka, topicOnBroker('offers', config.kafka.naming), {
      onRecords: (records) => {
        for (const record of records) offers.apply(record);
      },
    });
    const stopping = new AbortController();

    const shopTillStopped = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const timeMs = Date.now();
        const due = visitors.due(timeMs);
        for (const { subject, event } of due) {
          prequential.observe({ subject, items: event.products.map(({ item }) => item.id) }, offers.itemsFor(subject));
        }
        const batch = due.map(({ subject, event }) =>
          segmentTrack(event, { subject, messageId: randomUUID(), timeMs }),
        );
        if (batch.length > 0 && (await collector.send(batch, stopping.signal))) metrics.accepted(batch.length);
        await delay(SEND_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    };

    let shopping: Promise<void> = Promise.resolve();
    return Promise.resolve({
      async listen() {
        await Promise.race([tail.started, tail.failed]);
        shopping = Promise.race([shopTillStopped(), tail.failed]);
      },
      async close() {
        stopping.abort();
        await shopping;
        await tail.close();
      },
    });
  },
};

/**
 * What the shop sold before is known to the lists that offers are compared with. The line has not seen it, so nobody's first
 * event counts as a missed offer.
 */
const asTraining = ({ subject, products }: PastEvent): PrequentialEvent => ({
  subject: `before:${subject}`,
  items: products.map(({ item }) => item.id),
});
