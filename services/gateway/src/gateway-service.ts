import { randomUUID } from 'node:crypto';
import { topicOnBroker, type TopicName } from '@offerstream/contracts';
import { createHttpApi, limitBodies, Problem, takeBytes, type HttpApi } from '@offerstream/http-api';
import { ExplanationClient, InferenceClient } from '@offerstream/inference-client';
import { BatchingProducer, RecordReader } from '@offerstream/kafka';
import { openProfileReader } from '@offerstream/profile-store';
import { Ranker } from '@offerstream/ranking';
import {
  kafkaFrom,
  TableFollower,
  usageOnTopic,
  type ServiceApplication,
  type ServiceDefinition,
  type ServiceRuntime,
} from '@offerstream/service-kit';
import { keysAndPlans, type Admission, type AdmissionParts } from './admission/admission.js';
import { API } from './api-info.js';
import { readConfig, type GatewayConfig } from './config.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { GatewayTables } from './gateway-tables.js';
import { GatewayModule } from './gateway.module.js';
import { BODY_LIMITS } from './images/image-problems.js';
import { openImages } from './images/image-parts.js';
import { PHOTO_TYPES } from './images/image-schemas.js';
import { openLanguage } from './language/language-parts.js';
import { ItemLists } from './lists/item-lists.js';
import { ModelFolder } from './models/model-folder.js';
import { NewestOffers } from './offers/newest-offers.js';
import { copyDeadline, OfferCopy } from './offers/offer-copy.js';
import { TakeOutcomes } from './outcomes/take-outcomes.js';
import { Explainer } from './recommendations/explainer.js';
import { GatheredRanker } from './recommendations/gathered-ranker.js';
import { RankItems } from './recommendations/rank-items.js';
import { RecommendFor } from './recommendations/recommend-for.js';
import { Recommender } from './recommendations/recommender.js';
import { openSearch, type SearchParts } from './search/search-parts.js';
import { Shoppers } from './shoppers.js';

/** A sender of outcomes learns within 2 s that Kafka is away; this leaves room for the way there and back. */
const DELIVERY_TIMEOUT_MS = 1_500;
/** How long a page waits for a profile store that is away before it gets popular items. */
const PROFILES_TIMEOUT_MS = 200;
const MAX_JSON_BYTES = 256 * 1024;

export interface Gateway extends ServiceApplication {
  /** What `/openapi.json` answers. */
  readonly document: HttpApi['document'];
  /** Where it listens, once `listen` has resolved. */
  url(): Promise<string>;
}

/** @param admit how requests are let in and counted; another than keys and plans only to measure what these cost */
export const createGateway = async (
  config: GatewayConfig,
  runtime: ServiceRuntime,
  admit: (parts: AdmissionParts) => Admission = keysAndPlans,
): Promise<Gateway> => {
  const { logger, health, stopping } = runtime;
  const warn = (context: string, message: string): void => {
    logger.warn(message, context);
  };
  const metrics = new GatewayMetrics(runtime.metrics);
  const kafka = kafkaFrom(config.kafka, 'gateway', logger);
  const topicName = (topic: TopicName): string => topicOnBroker(topic, config.kafka.naming);
  const producer = new BatchingProducer(kafka, { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
  const tables = new GatewayTables((tenant, item) => search.noteItem(tenant, item));
  const store = openProfileReader(config.profiles, { commandTimeoutMs: PROFILES_TIMEOUT_MS });
  const shoppers = new Shoppers(store, () => metrics.degraded('profiles'));
  const inference = new InferenceClient(config.inference.address);
  const ranker = new Ranker(inference, {
    ...config.inference,
    onOutage: (error) => warn('inference', `no ranking: ${error.message}`),
  });
  const admission = admit({
    run: randomUUID(),
    tenants: tables.tenants,
    usage: usageOnTopic(producer, topicName('usage')),
    usageFlushMs: config.usageFlushMs,
    control: config.control,
    metrics,
    warn,
  });
  const offers = new NewestOffers({ tables, shoppers, nowMs: Date.now });
  const outcomes = new TakeOutcomes({ producer, topic: topicName('outcomes'), nowMs: Date.now, newId: randomUUID });
  const gathered = new GatheredRanker(ranker, (rows) => metrics.called(rows));
  const onDegraded = (): void => metrics.degraded('model');
  const recommender = new Recommender({ tables, ranker: gathered, onDegraded });
  const explainer = new Explainer(new ExplanationClient(inference), {
    deadlineMs: config.inference.baseDeadlineMs,
    onFailed: (error) => void logger.debug?.(`no explanation: ${error.message}`, 'inference'),
  });
  const rankItems = new RankItems({ tables, explainer, ranker: gathered, onDegraded });
  const recommendFor = new RecommendFor({
    tables,
    shoppers,
    recommender,
    rankItems,
    explainer,
    nowMs: Date.now,
    newMoment: randomUUID,
    onUnexplained: () => metrics.degraded('explanation'),
  });
  const folder = new ModelFolder({
    folder: config.modelsFolder,
    inference,
    warn: (message) => warn('models', message),
  });
  const language = openLanguage({
    config: config.language,
    folder,
    inferenceAddress: config.inference.address,
    metering: admission.metering,
    metrics,
    warn: (message) => warn('language', message),
  });
  const offerCopy = new OfferCopy({
    tables,
    models: language.models,
    pool: language.pool,
    charges: language.charges,
    deadline: copyDeadline,
    onMissing: () => metrics.degraded('copy'),
  });
  const pictureReader = new RecordReader(kafka, topicName('pictures'));
  const images = openImages({
    config: config.images,
    folder,
    inferenceAddress: config.inference.address,
    readPicture: ({ partition, offset }) => pictureReader.read(partition, offset),
    metrics,
    warn: (message) => warn('images', message),
  });
  const lists = new ItemLists({ tables, recommender, nowMs: Date.now });
  const search: SearchParts = openSearch({
    tables,
    shoppers,
    rankItems,
    language,
    photos: images.photos,
    metrics,
    warn: (message) => warn('search', message),
  });

  const { app, document } = await createHttpApi({
    module: GatewayModule.with({
      tables,
      shoppers,
      metering: admission.metering,
      offers,
      offerCopy,
      outcomes,
      recommendFor,
      lists,
      search: search.itemSearch,
      language,
      images,
    }),
    info: API,
    packageFile: new URL('../package.json', import.meta.url),
    authenticator: admission.authenticator,
    logger,
    metrics: runtime.metrics,
    metricName: 'gateway_request_seconds',
    maxJsonBytes: MAX_JSON_BYTES,
    trustedProxies: '',
    gate: () => {
      if (!tables.areKnown) throw STARTING;
    },
  });
  const fastify = app.getHttpAdapter().getInstance();
  admission.limit(fastify);
  limitBodies(fastify, BODY_LIMITS);
  takeBytes(fastify, PHOTO_TYPES);
  health.addReadiness('tables', tables.condition);
  health.addReadiness('profiles', shoppers.condition);

  const getReady = async (): Promise<void> => {
    try {
      void shoppers.reach(stopping);
      const follower = new TableFollower({ kafka, naming: config.kafka.naming, logger, metrics: runtime.metrics });
      await tables.follow(kafka, config.kafka, logger, {
        follower,
        stopping,
        // The first answers over a new connection are slow, and would be given up.
        prepare: () => ranker.warmUp(tables.models.all()),
      });
      images.pictures.start(follower.follow('pictures', (key, _value, record) => images.pictures.note(key, record)));
      search.followVectors((put) => follower.follow('item-vectors', put));
    } catch (error) {
      if (!stopping.aborted) throw error;
    }
  };

  return {
    document,
    async listen() {
      // Neither is waited for: until the tables are there, requests are answered 503.
      void producer.connect();
      void getReady();
      admission.start();
      folder.start();
      await app.listen(config.http.port, config.http.host);
      logger.log(`answers at ${await app.getUrl()}`, 'gateway');
    },
    async close() {
      await app.close();
      await search.close();
      await folder.stop();
      await language.close();
      await images.close();
      await pictureReader.close();
      await admission.close();
      await producer.disconnect();
      ranker.close();
      inference.close();
      await tables.close();
      await store.close();
    },
    url: () => app.getUrl(),
  };
};

const STARTING = new Problem({
  status: 503,
  code: 'starting',
  reason: 'The gateway is starting.',
  fix: 'Send the request again after Retry-After.',
  retryAfterSeconds: 1,
});

export const gateway: ServiceDefinition<GatewayConfig> = {
  name: 'gateway',
  readConfig,
  create: (config, runtime) => createGateway(config, runtime),
};
