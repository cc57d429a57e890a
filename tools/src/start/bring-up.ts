import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlError } from '@offerstream/control-client';
import { LOOPBACK, requireFreePort, type LocalRun, type Log, type Ports, type RunningKafka } from '@offerstream/infra';
import { lineFolders } from '../line/line-folders.js';
import { DEMO_CONTROL_PLACEMENT, DEMO_PLACEMENT, DEMO_SEED, DEMO_TENANT, DEMO_WRITE_KEY } from './demo.js';
import { DemoShopSetup } from './demo-shop-setup.js';

export interface BringUpOptions {
  readonly ports: Ports;
  readonly shoppers: boolean;
  /** Has the personalizer fold the clickstream again. */
  readonly rebuild: boolean;
  readonly log: Log;
  /** Told as soon as Kafka takes work. */
  readonly onKafka: (kafka: RunningKafka) => void;
  /** Told as soon as the demo's secret key is known. */
  readonly onApiKey: (apiKey: string) => void;
}

export const lineAddresses = (ports: Ports) => ({
  collector: `http://${LOOPBACK}:${ports.collector}`,
  control: `http://${LOOPBACK}:${ports.control}`,
  gateway: `http://${LOOPBACK}:${ports.gateway}`,
  inference: `${LOOPBACK}:${ports.inference}`,
});

const program = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const service = (name: string): string => program(`services/${name}/dist/main.js`);

/**
 * Brings up the whole line, each part as soon as those that it needs are there. What needs another is started after it, and so is
 * stopped before it.
 *
 * @throws LocalRunError, ControlError
 */
export const bringUp = async (run: LocalRun, options: BringUpOptions): Promise<void> => {
  const { ports, log } = options;
  const folders = lineFolders(run.dataDir);
  const addresses = lineAddresses(ports);
  const demo = await DemoShopSetup.open({ dataDir: run.dataDir, modelsDir: folders.models });
  if (!demo.isDone) log('first start on this data folder, or first of this version: training the demo models');

  const inference = run.startService({
    name: 'inference',
    script: service('inference'),
    adminPort: ports.inferenceAdmin,
    ports: [ports.inference],
    env: { GRPC_HOST: LOOPBACK, GRPC_PORT: String(ports.inference), MODELS_DIR: folders.models },
  });
  const kafka = run.startKafka({ port: ports.kafka, controllerPort: ports.kafkaController });
  const postgres = run.startPostgres({ port: ports.postgres });
  const training = demo.train(Date.now(), run.stopping);

  const told = kafka.then(options.onKafka);
  const brokers = kafka.then((running) => ({ KAFKA_BROKERS: running.brokers.join(',') }));
  const atControl = {
    CONTROL_URL: addresses.control,
    SERVICE_TOKEN_FILE: join(folders.control, 'services/service-token'),
  };
  const collector = brokers.then((env) =>
    run.startService({
      name: 'collector',
      script: service('collector'),
      adminPort: ports.collectorAdmin,
      ports: [ports.collector],
      env: { ...env, ...atControl, HTTP_HOST: LOOPBACK, HTTP_PORT: String(ports.collector) },
    }),
  );
  const personalizer = Promise.all([brokers, inference]).then(([env]) =>
    run.startService({
      name: 'personalizer',
      script: service('personalizer'),
      adminPort: ports.personalizerAdmin,
      env: {
        ...env,
        PROFILES_DIR: folders.profiles,
        INFERENCE_ADDRESS: addresses.inference,
        REBUILD: options.rebuild ? `start-${Date.now()}` : '',
      },
    }),
  );
  const gateway = Promise.all([brokers, inference]).then(([env]) =>
    run.startService({
      name: 'gateway',
      script: service('gateway'),
      adminPort: ports.gatewayAdmin,
      ports: [ports.gateway],
      env: {
        ...env,
        HTTP_HOST: LOOPBACK,
        HTTP_PORT: String(ports.gateway),
        PROFILES_DIR: folders.profiles,
        INFERENCE_ADDRESS: addresses.inference,
        MODELS_DIR: folders.models,
        ...atControl,
      },
    }),
  );
  const control = Promise.all([brokers, postgres]).then(([env, { url }]) =>
    run.startService({
      name: 'control',
      script: service('control'),
      adminPort: ports.controlAdmin,
      ports: [ports.control],
      env: {
        ...env,
        CONTROL_HOST: LOOPBACK,
        CONTROL_PORT: String(ports.control),
        CONTROL_DATA: folders.control,
        DATABASE_URL: url,
      },
    }),
  );
  const shop = demo.isDone
    ? Promise.resolve()
    : control.then(() => demo.handOver(addresses.control, folders.control, training));
  const otherModels = demo.isDone
    ? Promise.resolve()
    : shop.then(() => demo.handOverOthers(addresses.control, folders.control, training));
  void otherModels.then(
    () => givePictures(demo, run, { url: addresses.control, dataDir: folders.control }, log),
    // Said by whoever waits for them.
    () => undefined,
  );
  const keyTold = shop.then(() => {
    if (demo.apiKey !== undefined) options.onApiKey(demo.apiKey);
  });
  const shoppers = Promise.all([brokers, collector, personalizer, shop]).then(async ([env]) => {
    if (!options.shoppers) return;
    await run.startService({
      name: 'shoppers',
      script: program('tools/dist/shoppers.js'),
      adminPort: ports.shoppersAdmin,
      env: {
        ...env,
        COLLECTOR_URL: addresses.collector,
        WRITE_KEY: DEMO_WRITE_KEY,
        TENANT: DEMO_TENANT,
        PLACEMENT: DEMO_PLACEMENT,
        CONTROL_PLACEMENT: DEMO_CONTROL_PLACEMENT,
        SHOP_SEED: String(DEMO_SEED),
      },
    });
  });
  await Promise.all([
    inference,
    kafka,
    postgres,
    ...training,
    told,
    collector,
    personalizer,
    gateway,
    control,
    shop,
    otherModels,
    keyTold,
    shoppers,
  ]);
  // Nothing of the line waits for what it makes, so it comes when the others no longer need the processor to start.
  run
    .startService({
      name: 'trainer',
      script: service('trainer'),
      adminPort: ports.trainerAdmin,
      env: {
        ...(await brokers),
        ...atControl,
        INFERENCE_ADDRESS: addresses.inference,
        MODELS_DIR: folders.models,
      },
    })
    .catch((error: unknown) => {
      if (!run.stopping.aborted) log(`the line runs without the trainer: ${(error as Error).message}`);
    });
};

/**
 * Starts what the demo's shop goes on with: what it trains takes the processor for some time, so it is to come after all that somebody waits
 * for.
 *
 * @throws LocalRunError
 */
export const startAssortment = (run: LocalRun, ports: Ports, brokers: readonly string[]): Promise<void> => {
  const folders = lineFolders(run.dataDir);
  const addresses = lineAddresses(ports);
  return run.startService({
    name: 'assortment',
    script: program('tools/dist/assortment.js'),
    adminPort: ports.assortmentAdmin,
    env: {
      KAFKA_BROKERS: brokers.join(','),
      CONTROL_URL: addresses.control,
      CONTROL_DATA: folders.control,
      GATEWAY_URL: addresses.gateway,
      INFERENCE_ADDRESS: addresses.inference,
      MODELS_DIR: folders.models,
      DEMO_DATA: run.dataDir,
    },
  });
};

/** The line is ready without them. */
const givePictures = async (
  demo: DemoShopSetup,
  { stopping }: LocalRun,
  control: { readonly url: string; readonly dataDir: string },
  log: Log,
): Promise<void> => {
  if (demo.hasPictures) return;
  try {
    await demo.handOverPictures(control.url, control.dataDir, { signal: stopping, onWaiting: () => undefined });
    log("the demo's items have pictures");
  } catch (error) {
    if (stopping.aborted) return;
    if (!(error instanceof ControlError)) throw error;
    log(`the demo's items get their pictures at the next start: ${error.message}`);
  }
};

/**
 * To be asked before anything is started. Kafka and Postgres look at their ports themselves, since they may be given by the
 * environment.
 *
 * @throws LocalRunError `port-taken`
 */
export const requireServicePorts = async (ports: Ports, withShoppers: boolean): Promise<void> => {
  for (const name of ['collector', 'control', 'gateway', 'inference'] as const)
    await requireFreePort(ports[name], `the ${name}`);
  for (const name of ['collector', 'control', 'gateway', 'inference', 'personalizer', 'trainer'] as const) {
    await requireFreePort(ports[`${name}Admin`], `the metrics of the ${name}`);
  }
  if (!withShoppers) return;
  await requireFreePort(ports.shoppersAdmin, 'the metrics of the simulated shoppers');
  await requireFreePort(ports.assortmentAdmin, "the metrics of the demo's assortment");
};
