import {
  Catch,
  HttpException,
  HttpStatus,
  type ArgumentsHost,
  type ExceptionFilter,
  type LoggerService,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { CollectorMetrics } from './collector-metrics.js';

/** Answers what never reached a handler, and bugs, in the form of all other answers. */
@Catch()
export class ErrorAnswers implements ExceptionFilter {
  constructor(
    private readonly metrics: CollectorMetrics,
    private readonly logger: LoggerService,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const status = statusOf(exception);
    const message =
      status < 500 && exception instanceof Error
        ? exception.message
        : 'The collector failed. Send the request again later.';
    if (status >= 500) {
      this.logger.error(exception instanceof Error ? (exception.stack ?? exception.message) : exception, 'collector');
    }
    this.metrics.answered(status, 0);
    void host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .code(status)
      .header('content-type', 'application/json')
      .send(JSON.stringify({ success: false, message }));
  }
}

/** Fastify's own errors (a body over the limit, one that ends too early) carry `statusCode`. */
const statusOf = (exception: unknown): number => {
  if (exception instanceof HttpException) return exception.getStatus();
  const { statusCode } = exception as { readonly statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? statusCode
    : HttpStatus.INTERNAL_SERVER_ERROR;
};
