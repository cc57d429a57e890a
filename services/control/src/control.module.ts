import { randomBytes } from 'node:crypto';
import {
  Module,
  StandardSchemaSerializerInterceptor,
  StandardSchemaValidationPipe,
  type DynamicModule,
} from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Database } from '@offerstream/database';
import {
  kafkaFrom,
  type ServiceApplication,
  type ServiceDefinition,
  type ServiceRuntime,
} from '@offerstream/service-kit';
import 'reflect-metadata';
import { AdminToken } from './admin-token.js';
import { CATALOG_ROUTE, CatalogController, STOPPING } from './catalog/catalog.controller.js';
import { CLOCK, RANDOM_TOKEN, type Clock, type RandomToken } from './chance-and-time.js';
import { readConfig, type ControlConfig } from './config.js';
import { DatabaseWatch } from './database-watch.js';
import { addHooks, takeNdjsonAsStream } from './hooks.js';
import { ProblemFilter } from '@offerstream/http-api';
import { invalidRequest } from '@offerstream/http-api';
import { ModelsController } from './models/models.controller.js';
import { KafkaOutboxPublisher } from './outbox/kafka-outbox-publisher.js';
import { registerOutboxMetrics } from './outbox/outbox-metrics.js';
import { SETTLE_MS } from './outbox/outbox-publisher.js';
import { problemOfDatabase } from './problems.js';
import { OutboxRelay } from './outbox/outbox-relay.js';
import { TenantsController } from './tenants/tenants.controller.js';

const MAX_JSON_BYTES = 256 * 1024;
/** An item's id has up to 200 bytes, each of up to three characters in a path. */
const MAX_PARAM_LENGTH = 600;

@Module({})
class ControlModule {
  static with(database: Database, stopping: AbortSignal): DynamicModule {
    const clock: Clock = () => new Date();
    return {
      module: ControlModule,
      controllers: [TenantsController, CatalogController, ModelsController],
      providers: [
        { provide: Database, useValue: database },
        { provide: CLOCK, useValue: clock },
        { provide: RANDOM_TOKEN, useValue: randomToken },
        { provide: STOPPING, useValue: stopping },
      ],
    };
  }
}

const randomToken: RandomToken = () => randomBytes(32).toString('base64url');

const createControl = async (config: ControlConfig, runtime: ServiceRuntime): Promise<ServiceApplication> => {
  const { logger, metrics, health, faults } = runtime;
  const logTo = (context: string) => (message: string) => {
    logger.log(message, context);
  };
  const token = await AdminToken.open(config.dataFolder, randomToken);
  const database = new Database({
    url: config.databaseUrl,
    onConnectionLost: (error) => {
      logger.warn(`a connection to Postgres was lost: ${error.message}`, 'database');
    },
  });
  const watch = new DatabaseWatch(database, logTo('database'));
  const publisher = new KafkaOutboxPublisher(
    kafkaFrom(config.kafka, 'control', logger),
    config.kafka.replicationFactor,
  );
  const relay = new OutboxRelay({
    database,
    publisher,
    settleMs: SETTLE_MS,
    reach: faults.reach,
    log: logTo('outbox'),
  });
  const app = await createHttp(ControlModule.with(database, runtime.stopping), { token, watch, runtime });
  health.addReadiness('database', watch.condition);
  health.addReadiness('outbox', relay.condition);
  registerOutboxMetrics(metrics, database.outbox, () => new Date());

  return {
    async listen() {
      watch.start();
      relay.start(watch.whenMigrated());
      await app.listen(config.http.port, config.http.host);
      logger.log(`answers on ${await app.getUrl()}`, 'http');
    },
    async close() {
      await app.close();
      await relay.stop();
      await publisher.close();
      await watch.stop();
      await database.close();
    },
  };
};

const createHttp = async (
  module: DynamicModule,
  parts: { readonly token: AdminToken; readonly watch: DatabaseWatch; readonly runtime: ServiceRuntime },
): Promise<NestFastifyApplication> => {
  const { token, watch, runtime } = parts;
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_JSON_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });
  const fastify = adapter.getInstance();
  addHooks(fastify, { token, metrics: runtime.metrics, migrated: () => watch.migrated });
  takeNdjsonAsStream(fastify, `/${CATALOG_ROUTE}`);
  // Fastify's own parser is kept: it refuses __proto__.
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: invalidRequest }));
  app.useGlobalInterceptors(new StandardSchemaSerializerInterceptor(app.get(Reflector)));
  app.useGlobalFilters(new ProblemFilter(runtime.logger, problemOfDatabase));
  return app;
};

export const control: ServiceDefinition<ControlConfig> = { name: 'control', readConfig, create: createControl };
