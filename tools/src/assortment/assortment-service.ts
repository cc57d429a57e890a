import { explanationModel, imageEncodersOf, topicOnBroker } from '@offerstream/contracts';
import { ControlClient, ControlError, readAdminToken } from '@offerstream/control-client';
import { createDemoShop, newcomerNumber } from '@offerstream/demo-shop';
import { tailTopic } from '@offerstream/kafka';
import { listModels, modelName } from '@offerstream/learning';
import { kafkaFrom, type ServiceDefinition } from '@offerstream/service-kit';
import { lineFolders } from '../line/line-folders.js';
import { patiently } from '../line/patiently.js';
import { pause } from '../line/pause.js';
import { readCatalog } from '../line/read-topic.js';
import { NewestOffers } from '../offers/newest-offers.js';
import { DEMO_CONTENT_FAMILY, DEMO_DISCOVER_PLACEMENT, DEMO_SEED, DEMO_TENANT } from '../start/demo.js';
import { readDemoApiKey } from '../start/demo-progress.js';
import { trainDemoModels } from '../start/train-demo-model.js';
import { TrainError } from '../train/errors.js';
import { untilServed } from '../train/until-served.js';
import { AssortmentMetrics } from './assortment-metrics.js';
import { readConfig, type AssortmentConfig } from './config.js';
import { FirstOffers, type FirstOffer } from './first-offers.js';
import { Newcomers } from './newcomers.js';
import { trainPictureModel } from './picture-model.js';
import { pictureVectors } from './picture-vectors.js';
import { whyOffered } from './why-offered.js';

const CONTENT_MODEL = modelName(DEMO_TENANT, DEMO_CONTENT_FAMILY);

/**
 * What the demo's shop sells, after it has been set up: has a model learn what its items are like, by their pictures and words, and from
 * then on comes to sell something new now and then.
 */
export const assortmentService: ServiceDefinition<AssortmentConfig> = {
  name: 'assortment',
  readConfig,
  create: async (config, { logger, metrics: registry }) => {
    const { modelsDir, inferenceAddress, demoDataDir } = config;
    const kafka = kafkaFrom(config.kafka, 'assortment', logger);
    const control = new ControlClient({ url: config.controlUrl, token: await readAdminToken(config.controlDataDir) });
    const metrics = new AssortmentMetrics(registry);
    const shop = createDemoShop(DEMO_SEED);
    const firstOffers = new FirstOffers();
    const stopping = new AbortController();
    const { signal } = stopping;

    /** Does what may be done again until the line takes it. */
    const untilTaken = <Result>(attempt: () => Promise<Result>): Promise<Result> =>
      patiently(attempt, {
        signal,
        isFinal: (error) => !((error instanceof ControlError || error instanceof TrainError) && error.canRetry),
        onWaiting: (because) => {
          if (because !== undefined) logger.warn(`waiting: ${because}`, 'assortment');
        },
      });

    const learnFromPictures = async (): Promise<void> => {
      const models = await listModels(modelsDir);
      if (imageEncodersOf(DEMO_TENANT).some((name) => models.has(name))) return;
      metrics.step('pictures');
      const { name, version } = await trainPictureModel(
        { modelsDir, trainingDir: lineFolders(demoDataDir).training },
        signal,
      );
      logger.log(`version ${version} of ${name} is trained`, 'assortment');
    };

    /** Once: what somebody has promoted since stays. */
    const learnWhatItemsAreLike = async (): Promise<void> => {
      const promoted = await untilTaken(() => control.listModels(DEMO_TENANT));
      if (promoted.some(({ name }) => name === CONTENT_MODEL)) return;
      await learnFromPictures();
      metrics.step('vectors');
      const topic = topicOnBroker('item-vectors', config.kafka.naming);
      const items = shop.catalog.length;
      const vectors = await pictureVectors({ kafka, topic, tenant: DEMO_TENANT, items, signal });
      metrics.step('content');
      const families = [DEMO_CONTENT_FAMILY] as const;
      const [promotion] = await Promise.all(
        trainDemoModels({ modelsDir, endMs: Date.now(), families, vectors }, signal),
      );
      if (promotion === undefined) return;
      const { name, version } = promotion;
      const models = [explanationModel(name), name];
      await untilTaken(() => untilServed(inferenceAddress, { models, version, signal }));
      await untilTaken(() => control.promoteModel(promotion));
      logger.log(`version ${version} of ${name} is promoted`, 'assortment');
    };

    const explain = async ({ item, subject }: FirstOffer): Promise<void> => {
      try {
        const key = await readDemoApiKey(demoDataDir);
        if (key === undefined) return;
        const shares = await whyOffered({ url: config.gatewayUrl, key }, { item, subject });
        const { title } = shop.newcomer(newcomerNumber(item) ?? 0).item;
        if (shares.length > 0) metrics.explained({ title, subject, shares });
      } catch (error) {
        // The next one has an explanation of its own.
        logger.warn(`the offer to ${subject} is not explained: ${String(error)}`, 'gateway');
      }
    };

    const offers = new NewestOffers({ tenant: DEMO_TENANT, placement: DEMO_DISCOVER_PLACEMENT });
    const tail = tailTopic(kafka, topicOnBroker('offers', config.kafka.naming), {
      onRecords: (records) => {
        const atMs = performance.now();
        for (const record of records) {
          const offer = offers.take(record);
          if (offer === undefined) continue;
          for (const first of firstOffers.take(offer, atMs)) {
            metrics.productOffered(first.seconds);
            void explain(first);
          }
        }
      },
    });

    const sellForEver = async (): Promise<never> => {
      await learnWhatItemsAreLike();
      const topic = topicOnBroker('catalog', config.kafka.naming);
      const catalog = (await readCatalog(kafka, topic, DEMO_TENANT, signal)).keys();
      const newcomers = new Newcomers({ control, shop, tenant: DEMO_TENANT, catalog });
      metrics.step('open');
      for (;;) {
        const item = await untilTaken(() => newcomers.putNext());
        firstOffers.came(item, performance.now());
        metrics.productCame();
        await untilTaken(() => newcomers.givePicture(item));
        for (const old of newcomers.tooMany()) {
          await untilTaken(() => newcomers.remove(old));
          firstOffers.left(old);
        }
        await pause(config.newProductSeconds * 1_000, signal);
      }
    };
    const unlessStopped = (error: unknown): void => {
      if (!signal.aborted) throw error;
    };

    let selling: Promise<void> = Promise.resolve();
    return {
      async listen() {
        await Promise.race([tail.started, tail.failed]);
        selling = Promise.race([sellForEver().catch(unlessStopped), tail.failed]);
      },
      async close() {
        stopping.abort();
        await selling;
        await tail.close();
      },
    };
  },
};
