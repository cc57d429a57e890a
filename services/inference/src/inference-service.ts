import { NestFactory } from '@nestjs/core';
import { Transport, type GrpcOptions } from '@nestjs/microservices';
import {
  INFERENCE_PACKAGE,
  INFERENCE_PROTO_FILE,
  INFERENCE_SERVICE,
  MAX_MESSAGE_BYTES,
  PROTO_LOADER_OPTIONS,
} from '@offerstream/inference-client/protocol';
import { SessionPool } from '@offerstream/onnx-runtime';
import type { ServiceApplication, ServiceDefinition, ServiceRuntime } from '@offerstream/service-kit';
import { HealthImplementation } from 'grpc-health-check';
import 'reflect-metadata';
import { readConfig, type InferenceConfig } from './config.js';
import { Infer } from './infer.js';
import { InferenceMetrics } from './inference-metrics.js';
import { InferenceModule } from './inference.module.js';
import { ModelRepository } from './model-repository.js';
import { ServedModels } from './served-models.js';

/** Seconds of work for a worker; a caller that waits longer has given up. */
const MAX_QUEUED = 256;

/** The status of the whole server ('') and of its one service, by the gRPC health checking protocol. */
const HEALTH_NAMES = ['', `${INFERENCE_PACKAGE}.${INFERENCE_SERVICE}`];

export const createInference = async (
  config: InferenceConfig,
  { logger, metrics: registry, health }: ServiceRuntime,
): Promise<ServiceApplication> => {
  const pool = new SessionPool({
    ...(config.workers === undefined ? {} : { workers: config.workers }),
    maxQueued: MAX_QUEUED,
    providers: config.providers,
    onWorkerLost: (reason) => {
      throw reason;
    },
  });
  const models = new ServedModels();
  const metrics = new InferenceMetrics(registry, () => pool.queued);
  const repository = new ModelRepository({ folder: config.modelsFolder, loader: pool, models, metrics, logger });
  const grpcHealth = new HealthImplementation(Object.fromEntries(HEALTH_NAMES.map((name) => [name, 'NOT_SERVING'])));
  const announce = (status: 'SERVING' | 'NOT_SERVING') => {
    for (const name of HEALTH_NAMES) grpcHealth.setStatus(name, status);
  };
  health.addReadiness('models', () => ({
    ok: models.areKnown,
    reason: models.areKnown
      ? [`${models.all().length} versions answer`, ...models.failures].join('; ')
      : 'the first scan is under way',
  }));

  const options: GrpcOptions = {
    transport: Transport.GRPC,
    options: {
      url: `${config.grpc.host}:${config.grpc.port}`,
      package: INFERENCE_PACKAGE,
      protoPath: INFERENCE_PROTO_FILE,
      loader: PROTO_LOADER_OPTIONS,
      maxReceiveMessageLength: MAX_MESSAGE_BYTES,
      maxSendMessageLength: MAX_MESSAGE_BYTES,
      gracefulShutdown: true,
      onLoadPackageDefinition: (_, server: Parameters<HealthImplementation['addToServer']>[0]) =>
        grpcHealth.addToServer(server),
    },
  };
  const application = await NestFactory.createMicroservice<GrpcOptions>(
    InferenceModule.with(new Infer({ models, metrics, now: () => performance.now() }), models),
    { ...options, logger },
  );

  return {
    async listen() {
      // Callers that come before the first scan are told so; without a server they could not tell it from a dead one.
      await application.listen();
      await repository.start();
      announce('SERVING');
      logger.log(
        `answers at ${config.grpc.host}:${config.grpc.port} with ${pool.workerCount} worker threads`,
        'inference',
      );
    },
    async close() {
      announce('NOT_SERVING');
      await application.close();
      await repository.stop();
      await pool.close();
    },
  };
};

export const inferenceService: ServiceDefinition<InferenceConfig> = {
  name: 'inference',
  readConfig,
  create: createInference,
};
