import { randomUUID } from 'node:crypto';
import { topicOnBroker, type ItemId, type Offer } from '@offerstream/contracts';
import { createDemoShop, segmentTrack, type PastEvent, type SegmentTrack } from '@offerstream/demo-shop';
import { tailTopic } from '@offerstream/kafka';
import { createPrequential, type PrequentialEvent } from '@offerstream/learning';
import { kafkaFrom, type ServiceDefinition } from '@offerstream/service-kit';
import { CollectorClient, CollectorError } from '../line/collector-client.js';
import { patiently } from '../line/patiently.js';
import { pause } from '../line/pause.js';
import { NewestOffers } from '../offers/newest-offers.js';
import { readConfig, type ShoppersConfig } from './config.js';
import { isInControlGroup } from './control-group.js';
import { ShoppersMetrics } from './shoppers-metrics.js';
import { Visitors } from './visitors.js';

const SEND_EVERY_MS = 100;

/**
 * Shoppers of a generated shop. They send what they do to the collector, and see whether their newest offer foresaw it. Now and then they
 * look at that offer and answer it; the control group looks at what is popular instead.
 */
export const shoppersService: ServiceDefinition<ShoppersConfig> = {
  name: 'shoppers',
  readConfig,
  create: (config, { logger, metrics: registry }) => {
    const kafka = kafkaFrom(config.kafka, 'shoppers', logger);
    const shop = createDemoShop(config.shopSeed);
    const prequential = createPrequential(shop.history(Date.now()).map(asTraining));
    const metrics = new ShoppersMetrics(registry, () => prequential.report());
    const { visits, answer } = shop.open(Date.now());
    const offers = new NewestOffers({ tenant: config.tenant });
    const visitors = new Visitors({
      visits,
      eventsPerSecond: config.eventsPerSecond,
      random: Math.random,
    });
    const collector = new CollectorClient({ url: config.collectorUrl, writeKey: config.writeKey });
    const tail = tailTopic(kafka, topicOnBroker('offers', config.kafka.naming), {
      onRecords: (records) => {
        for (const record of records) offers.take(record);
      },
    });
    const stopping = new AbortController();

    const send = async (batch: readonly SegmentTrack[]): Promise<void> => {
      const calls = batch.map((call) => JSON.stringify(call));
      const refused = await patiently(() => collector.send(calls, stopping.signal), {
        signal: stopping.signal,
        // The key, too, may be newer than what the collector has read.
        isFinal: (error) => !(error instanceof CollectorError && error.canRetry),
        onWaiting: (because) => {
          if (because === undefined) return;
          metrics.retried();
          logger.warn(`sending again: ${because}`, 'collector');
        },
      });
      metrics.accepted(batch.length - refused.length);
      for (const { reason } of refused) logger.error(`an event was refused: ${reason}`, 'collector');
    };

    const shopForEver = async (): Promise<never> => {
      for (;;) {
        const timeMs = Date.now();
        const due = visitors.due(timeMs);
        for (const { subject, event, offerId } of due) {
          // What an offer brought about it has not foreseen.
          if (offerId !== undefined) continue;
          const foreseen = offers.of(subject, config.placement);
          prequential.observe({ subject, items: event.products.map(({ item }) => item.id) }, itemsOf(foreseen));
          const shown = isInControlGroup(subject) ? offers.of(subject, config.controlPlacement) : foreseen;
          if (shown !== undefined && Date.parse(shown.validUntil) > timeMs)
            visitors.answerFirst(subject, answer(subject, itemsOf(shown)), shown.id);
        }
        const batch = due.map(({ subject, event, offerId }) =>
          segmentTrack(event, { subject, messageId: randomUUID(), timeMs, offerId }),
        );
        if (batch.length > 0) await send(batch);
        await pause(SEND_EVERY_MS, stopping.signal);
      }
    };
    const unlessStopped = (error: unknown): void => {
      if (!stopping.signal.aborted) throw error;
    };

    let shopping: Promise<void> = Promise.resolve();
    return Promise.resolve({
      async listen() {
        await Promise.race([tail.started, tail.failed]);
        shopping = Promise.race([shopForEver().catch(unlessStopped), tail.failed]);
      },
      async close() {
        stopping.abort();
        await shopping;
        await tail.close();
      },
    });
  },
};

const itemsOf = (offer: Offer | undefined): readonly ItemId[] => (offer?.items ?? []).map(({ item }) => item);

/**
 * What the shop sold before is known to the lists that offers are compared with. The line has not seen it, so nobody's first
 * event counts as a missed offer.
 */
const asTraining = ({ subject, products }: PastEvent): PrequentialEvent => ({
  subject: `before:${subject}`,
  items: products.map(({ item }) => item.id),
});
