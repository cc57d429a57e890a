import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { Database, DatabaseUnavailable } from '@offerstream/database';
import { createHttpApi, type HttpApi } from '@offerstream/http-api';
import {
  kafkaFrom,
  topicsWhenKafkaAnswers,
  type ServiceApplication,
  type ServiceDefinition,
  type ServiceRuntime,
} from '@offerstream/service-kit';
import { API } from './api-info.js';
import { AuditController } from './audit/audit.controller.js';
import { BillingLoop } from './billing/billing-loop.js';
import { BillingMetrics } from './billing/billing-metrics.js';
import { InvoiceIssuer } from './billing/invoice-issuer.js';
import { InvoicesController, IssuingController } from './billing/invoices.controller.js';
import { LeasesController } from './billing/leases.controller.js';
import { PlansController } from './billing/plans.controller.js';
import { TenantPlanController } from './billing/tenant-plan.controller.js';
import { UsageController } from './billing/usage.controller.js';
import { CATALOG_ROUTE, CatalogController } from './catalog/catalog.controller.js';
import { STOPPING } from './stopping.js';
import { PicturesController } from './catalog/pictures.controller.js';
import { takeNdjsonAsStream } from './catalog/take-ndjson.js';
import { takePhotos } from './catalog/take-photos.js';
import { Changes } from './changes.js';
import { CLOCK, RANDOM_BYTES, type Clock, type RandomBytes } from './chance-and-time.js';
import { readConfig, type ControlConfig } from './config.js';
import { ControlAuthenticator } from './control-authenticator.js';
import { DatabaseWatch } from './database-watch.js';
import { AttemptLimits } from './identity/attempt-limits.js';
import { SessionsController } from './identity/sessions.controller.js';
import { SIGN_UP, SignUpsController } from './identity/sign-ups.controller.js';
import { UsersController } from './identity/users.controller.js';
import { KeyUsesController } from './keys/key-uses.controller.js';
import { KeysController } from './keys/keys.controller.js';
import { ModelsController } from './models/models.controller.js';
import { KafkaOutboxPublisher } from './outbox/kafka-outbox-publisher.js';
import { registerOutboxMetrics } from './outbox/outbox-metrics.js';
import { SETTLE_MS } from './outbox/outbox-publisher.js';
import { OutboxRelay } from './outbox/outbox-relay.js';
import { OutcomeLoop } from './outcomes/outcome-loop.js';
import { ATTRIBUTION_DAYS, ReportsController } from './outcomes/reports.controller.js';
import { PictureFetcher } from './picture-urls/picture-fetcher.js';
import { problemOfDatabase } from './problems.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { TokenFile } from './token-file.js';

const MAX_JSON_BYTES = 256 * 1024;

interface ControlParts {
  readonly database: Database;
  readonly signUp: boolean;
  readonly attributionDays: number;
  readonly billing: Pick<BillingLoop, 'metrics' | 'issuer'>;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

const systemClock: Clock = () => new Date();
const random: RandomBytes = (count) => randomBytes(count);

@Module({})
class ControlModule {
  static with({ database, signUp, attributionDays, billing, clock, stopping }: ControlParts): DynamicModule {
    return {
      module: ControlModule,
      controllers: [
        SignUpsController,
        SessionsController,
        UsersController,
        KeysController,
        KeyUsesController,
        TenantsController,
        CatalogController,
        PicturesController,
        ModelsController,
        AuditController,
        ReportsController,
        UsageController,
        PlansController,
        TenantPlanController,
        LeasesController,
        InvoicesController,
        IssuingController,
      ],
      providers: [
        Changes,
        AttemptLimits,
        { provide: Database, useValue: database },
        { provide: BillingMetrics, useValue: billing.metrics },
        { provide: InvoiceIssuer, useValue: billing.issuer },
        { provide: CLOCK, useValue: clock },
        { provide: RANDOM_BYTES, useValue: random },
        { provide: SIGN_UP, useValue: signUp },
        { provide: ATTRIBUTION_DAYS, useValue: attributionDays },
        { provide: STOPPING, useValue: stopping },
      ],
    };
  }
}

const openToken = (dataFolder: string, name: string): Promise<TokenFile> =>
  TokenFile.open(dataFolder, name, () => randomBytes(32).toString('base64url'));

/** An unknown error ends the process before an offset moves. */
const onFatal = (error: Error): void => {
  setImmediate(() => {
    throw error;
  });
};

export interface Control extends ServiceApplication {
  /** What `/openapi.json` answers. */
  readonly document: HttpApi['document'];
}

/** @param clock decides what is expired, late or due */
export const createControl = async (
  config: ControlConfig,
  runtime: ServiceRuntime,
  clock: Clock = systemClock,
): Promise<Control> => {
  const { logger, metrics, health, faults } = runtime;
  const logTo = (context: string) => (message: string) => {
    logger.log(message, context);
  };
  const database = new Database({
    url: config.databaseUrl,
    onConnectionLost: (error) => {
      logger.warn(`a connection to Postgres was lost: ${error.message}`, 'database');
    },
  });
  const watch = new DatabaseWatch(database, logTo('database'));
  const kafka = kafkaFrom(config.kafka, 'control', logger);
  const publisher = new KafkaOutboxPublisher(kafka, config.kafka.replicationFactor);
  const relay = new OutboxRelay({
    database,
    publisher,
    settleMs: SETTLE_MS,
    reach: faults.reach,
    log: logTo('outbox'),
  });
  const outcomeLoop = new OutcomeLoop({
    kafka,
    untilTopicIsThere: (stopping) => topicsWhenKafkaAnswers(kafka, ['outcomes'], config.kafka, logger, stopping),
    outcomes: database.outcomes,
    positions: database.positions,
    keepDays: config.outcomeDays,
    attributionDays: config.attributionDays,
    metrics,
    logger,
    clock,
    onFatal,
  });
  const billing = new BillingLoop({
    kafka,
    untilTopicIsThere: (stopping) => topicsWhenKafkaAnswers(kafka, ['usage'], config.kafka, logger, stopping),
    database,
    graceDays: config.invoiceGraceDays,
    metrics,
    logger,
    clock,
    onFatal,
  });
  const pictureFetcher = new PictureFetcher({
    database,
    privateHosts: config.picturePrivateHosts,
    metrics,
    warn: (message) => {
      logger.warn(message, 'pictures');
    },
    clock,
  });
  const { app, document } = await createHttpApi({
    module: ControlModule.with({
      database,
      signUp: config.signUp,
      attributionDays: config.attributionDays,
      billing,
      clock,
      stopping: runtime.stopping,
    }),
    info: API,
    packageFile: new URL('../package.json', import.meta.url),
    authenticator: new ControlAuthenticator({
      adminToken: await openToken(config.dataFolder, 'admin-token'),
      serviceToken: await openToken(join(config.dataFolder, 'services'), 'service-token'),
      database,
      clock,
    }),
    logger,
    metrics,
    metricName: 'offerstream_control_request_seconds',
    maxJsonBytes: MAX_JSON_BYTES,
    trustedProxies: config.trustedProxies,
    problemOf: problemOfDatabase,
    gate: () => {
      if (!watch.migrated) throw new DatabaseUnavailable(undefined);
    },
  });
  const fastify = app.getHttpAdapter().getInstance();
  takeNdjsonAsStream(fastify, `/${CATALOG_ROUTE}`);
  takePhotos(fastify);
  health.addReadiness('database', watch.condition);
  health.addReadiness('outbox', relay.condition);
  health.addReadiness('outcomes', outcomeLoop.condition);
  health.addReadiness('usage', billing.condition);
  registerOutboxMetrics(metrics, database.outbox, clock);

  return {
    document,
    async listen() {
      watch.start();
      relay.start(watch.whenMigrated());
      outcomeLoop.start(watch.whenMigrated());
      billing.start(watch.whenMigrated());
      pictureFetcher.start(watch.whenMigrated());
      await app.listen(config.http.port, config.http.host);
      logger.log(`answers on ${await app.getUrl()}`, 'http');
    },
    async close() {
      // Side by side, since each may have to wait for a query that Postgres does not answer.
      await Promise.all([
        app.close(),
        watch.stop(),
        relay.stop(),
        outcomeLoop.stop(),
        billing.stop(),
        pictureFetcher.stop(),
      ]);
      await publisher.close();
      await database.close();
    },
  };
};

export const control: ServiceDefinition<ControlConfig> = { name: 'control', readConfig, create: createControl };
