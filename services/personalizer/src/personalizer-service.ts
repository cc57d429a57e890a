import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { UsageMeter } from '@offerstream/billing';
import { STATE_HEADERS, topicOnBroker, type TopicName } from '@offerstream/contracts';
import {
  Catalog,
  keepPublishable,
  PromotedModels,
  SearchCounts,
  searchesOf,
  trendOf,
  Trends,
} from '@offerstream/decisioning';
import { InferenceClient } from '@offerstream/inference-client';
import { BatchingProducer, groupLag, KafkaBatchStrategy, problemOf, readRecord, type Kafka } from '@offerstream/kafka';
import { openProfileStore } from '@offerstream/profile-store';
import { followTables, Ranker } from '@offerstream/ranking';
import {
  kafkaFrom,
  TableFollower,
  topicsWhenKafkaAnswers,
  usageOnTopic,
  type ServiceDefinition,
} from '@offerstream/service-kit';
import { TenantTable } from '@offerstream/tenancy';
import { readConfig, type PersonalizerConfig } from './config.js';
import { PersonalizerMetrics } from './personalizer-metrics.js';
import { PersonalizerModule } from './personalizer.module.js';
import { Personalizer } from './personalizer.js';
import { beforeRebuild, Positions } from './positions.js';
import { Quarantine } from './quarantine.js';
import { isOfferEach } from './steps/decode-event.js';
import { SourcePublisher, type SourcePublisherOptions } from './source-publisher.js';
import { UnsavedProfiles } from './unsaved-profiles.js';

const TOPICS: readonly TopicName[] = [
  'clickstream',
  'clickstream-failed',
  'offers',
  'user-vectors',
  'catalog',
  'tenants',
  'models',
  'outcomes',
  'usage',
  'trends',
  'searches',
];

/** How long the end of the process waits for Kafka to take the last counts. */
const LAST_FLUSH_MS = 5_000;

/** What the group has committed is what was published. */
const committedOffsets = async (kafka: Kafka, groupId: string, topic: string): Promise<ReadonlyMap<number, number>> =>
  new Map(
    [...(await groupLag(kafka, groupId, topic))].map(([partition, { committed }]) => [partition, committed ?? 0]),
  );

/** `clickstream` in; offers, vectors, outcomes, usage, trends, searches and what failed out. */
export const personalizerService: ServiceDefinition<PersonalizerConfig> = {
  name: 'personalizer',
  readConfig,
  create: async (config, { logger, metrics: registry, health, faults, stopping }) => {
    const kafka = kafkaFrom(config.kafka, 'personalizer', logger);
    const topicName = (topic: TopicName): string => topicOnBroker(topic, config.kafka.naming);
    const clickstream = topicName('clickstream');
    const recordAt = (partition: number, offset: number) => readRecord(kafka, clickstream, partition, offset);
    await topicsWhenKafkaAnswers(kafka, TOPICS, config.kafka, logger, stopping);
    const store = openProfileStore(config.profiles);
    if (config.rebuild !== '' && config.rebuild !== (await store.lastRebuild())) {
      logger.warn('REBUILD: the profile store is emptied and the topic folded again', 'profiles');
      const committed = await committedOffsets(kafka, config.groupId, clickstream);
      await store.beginRebuild(config.rebuild, await beforeRebuild(committed, await store.positions(), recordAt));
    }
    const tables = { tenants: new TenantTable(), catalog: new Catalog(keepPublishable), models: new PromotedModels() };
    const follower = new TableFollower({ kafka, naming: config.kafka.naming, logger, metrics: registry });
    const following = followTables(follower, tables);
    const followed = Object.values(following);
    const producer = new BatchingProducer(kafka, { lingerMs: 0, deliveryTimeoutMs: Infinity });
    const inference = new InferenceClient(config.inferenceAddress);
    const positions = new Positions();
    const unsaved = new UnsavedProfiles();

    const metrics = new PersonalizerMetrics(
      registry,
      () => strategy.consumer.health(),
      () => positions.counts(),
    );
    const ranker = new Ranker(inference, {
      baseDeadlineMs: config.inferenceDeadlineMs,
      rowDeadlineMs: config.inferenceRowDeadlineMs,
      onOutage: (error) => {
        metrics.unranked(error.code);
        logger.warn(`no ranking: ${error.message}`, 'inference');
      },
    });
    const quarantine = new Quarantine(store, {
      batchesInFlight: config.batchesInFlight,
      onKiller: ({ partition, offset }) => {
        const place = `partition ${partition}, offset ${offset}`;
        logger.error(`the record at ${place} ends the process; it goes to clickstream-failed`, undefined, 'quarantine');
      },
    });
    let takenAlone = 0;
    const quarantineAdvanced = (): boolean => takenAlone !== (takenAlone = quarantine.recordsTakenAlone);
    const epoch = randomUUID();
    const usage = new UsageMeter({
      source: 'personalizer',
      epoch,
      sink: usageOnTopic(producer, topicName('usage')),
      flushMs: config.usageFlushMs,
      nowMs: Date.now,
      onFlushFailed: (error) => {
        logger.warn(`usage goes with the next flush: ${String(error)}`, 'usage');
      },
    });
    const trends = new Trends((tenant, hash) => tables.catalog.shop(tenant).item(hash)?.id, Date.now());
    const searches = new SearchCounts(Date.now());
    const publisherOf = <Value>(
      topic: 'trends' | 'searches',
      counts: Pick<SourcePublisherOptions<Value>, 'takeChanged' | 'valueOf'>,
    ) =>
      new SourcePublisher({
        ...counts,
        source: epoch,
        send: (key, value) =>
          producer.append({
            topic: topicName(topic),
            key,
            value: Buffer.from(JSON.stringify(value)),
            headers: STATE_HEADERS,
          }),
        nowMs: Date.now,
        onFailed: (error) => {
          logger.warn(`${topic} go with the next change: ${String(error)}`, topic);
        },
      });
    const publishers = [
      publisherOf('trends', {
        takeChanged: () => trends.takeChanged(),
        valueOf: (tenant, source, nowMs) => trendOf(tenant, source, nowMs, trends.top(tenant, nowMs)),
      }),
      publisherOf('searches', {
        takeChanged: () => searches.takeChanged(),
        valueOf: (tenant, source, nowMs) => searchesOf(tenant, source, nowMs, searches.top(tenant, nowMs)),
      }),
    ];
    const personalizer = new Personalizer({
      tables,
      untilTenantsAreKnown: () => following.tenants.catchUp(),
      store,
      unsaved,
      positions,
      quarantine,
      ranker,
      usage,
      trends,
      searches,
      producer,
      topicName,
      nowMs: Date.now,
      reach: faults.reach,
      metrics,
      recordAt,
    });
    const strategy: KafkaBatchStrategy = new KafkaBatchStrategy(kafka, {
      pattern: 'clickstream',
      topic: clickstream,
      groupId: config.groupId,
      gatherMs: config.gatherMs,
      maxRecords: config.batchRecords,
      inFlight: config.batchesInFlight,
      sessionTimeoutMs: config.sessionTimeoutMs,
      stallTimeoutMs: config.stallTimeoutMs,
      closesSubject: (record) => (isOfferEach(record) ? record.key?.toString() : undefined),
      startPositions: (committed, assignment) => personalizer.startPositions(committed, assignment),
      isWaiting: () => ranker.isAwaited || store.problem !== undefined || quarantineAdvanced(),
      onCommitted: () => faults.reach('after-commit'),
      // An unknown error ends the process before the offset moves.
      onFatal: (error) =>
        setImmediate(() => {
          throw error;
        }),
    });
    health.addReadiness('consumer', () => {
      const { ready, reason } = strategy.consumer.health();
      return { ok: ready, reason: reason ?? 'in its group' };
    });
    health.addReadiness('profiles', () => ({
      ok: store.problem === undefined,
      reason: store.problem?.message ?? 'in reach',
    }));
    health.addReadiness('tables', () => {
      const problem = problemOf(followed);
      return { ok: problem === undefined, reason: problem?.message ?? 'followed' };
    });
    const application = await NestFactory.createMicroservice<MicroserviceOptions>(
      PersonalizerModule.with(personalizer),
      { strategy, logger },
    );

    return {
      async listen() {
        const stopped = new Promise<never>((_, reject) =>
          stopping.addEventListener('abort', () => reject(stopping.reason as Error)),
        );
        stopped.catch(() => undefined);
        await Promise.race([stopped, Promise.all([producer.connect(), ...followed.map((table) => table.caughtUp)])]);
        await ranker.warmUp(tables.models.all());
        usage.start();
        for (const publisher of publishers) publisher.start();
        await application.listen();
      },
      halt: () => store.halt(),
      async close() {
        await application.close();
        for (const publisher of publishers) publisher.close();
        const counted = usage.close().catch((error: unknown) => {
          logger.warn(`the last counts are lost: ${String(error)}`, 'usage');
        });
        await Promise.race([counted, sleep(LAST_FLUSH_MS, undefined, { ref: false })]);
        ranker.close();
        inference.close();
        await producer.disconnect();
        await Promise.all(followed.map((table) => table.close()));
        await store.close();
      },
    };
  },
};
