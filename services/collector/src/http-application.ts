import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Collect } from './collect.js';
import type { CollectorMetrics } from './collector-metrics.js';
import { CollectorModule } from './collector.module.js';
import { ErrorAnswers } from './error-answers.js';
import { takeBodiesAsBytes } from './request-body.js';

/** How long a sender may take for one request, so that stalled senders do not pile up. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the idle timeout of common load balancers (60 s), so that they, not we, close an idle connection. */
const KEEP_ALIVE_MS = 72_000;
const PREFLIGHT_SECONDS = 86_400;

/** The Nest application that answers Segment's HTTP API; not listening yet. */
export const createHttpApplication = async (
  collect: Collect,
  metrics: CollectorMetrics,
  logger: LoggerService,
): Promise<NestFastifyApplication> => {
  const adapter = new FastifyAdapter({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS });
  const application = await NestFactory.create<NestFastifyApplication>(
    CollectorModule.with(collect, metrics),
    adapter,
    {
      bodyParser: false,
      logger,
    },
  );
  takeBodiesAsBytes(adapter.getInstance());
  application.enableCors({ origin: '*', methods: ['POST'], maxAge: PREFLIGHT_SECONDS });
  application.useGlobalFilters(new ErrorAnswers(metrics, logger));
  return application;
};
