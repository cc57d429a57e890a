import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter, type LoggerService } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, problemBody, type ProblemDetails } from './problem.js';
import { MEDIA_TYPE, TIMED_OUT } from './problems.js';

/** What a service knows of errors of its own: their problem, or undefined for all others. */
export type ProblemOfError = (error: unknown) => ProblemDetails | undefined;

/** Clients of OpenAI's API wait for as long as Retry-After says, unless they are told not to come again by themselves. */
const LONGEST_WAIT_SECONDS = 60;

/** Answers everything that is not a success as `application/problem+json`. An unknown error is logged, and told to nobody. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: LoggerService,
    private readonly known: ProblemOfError = () => undefined,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { id } = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const details = this.detailsOf(error, id);
    // It was given up before, and answered then.
    if (reply.sent) return;
    if (details.retryAfterSeconds !== undefined) {
      void reply.header('retry-after', String(details.retryAfterSeconds));
      if (details.retryAfterSeconds > LONGEST_WAIT_SECONDS) void reply.header('x-should-retry', 'false');
    }
    if (details.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply
      .status(details.status)
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(details, id)));
  }

  /** What is told of an error. */
  detailsOf(error: unknown, requestId: string): ProblemDetails {
    const details = error instanceof Problem ? error.details : (this.known(error) ?? problemOf(error));
    if (details.status === 500) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.logger.error(`request ${requestId}: ${text}`, undefined, 'http');
    }
    return details;
  }
}

const problemOf = (error: unknown): ProblemDetails => {
  const status = statusOf(error);
  switch (status) {
    case 400:
      return {
        status,
        code: 'unreadable',
        reason: error instanceof Error ? error.message : 'The request can not be read.',
        fix: 'Send a body of valid JSON without the keys __proto__ and constructor.prototype.',
      };
    case 404:
      return {
        status,
        code: 'no-such-route',
        reason: 'There is nothing at this path for this method.',
        fix: 'See /openapi.json for what there is.',
      };
    case 413:
      return {
        status,
        code: 'too-large',
        reason: 'The body is too large.',
        fix: 'Send less at once.',
      };
    case 415:
      return MEDIA_TYPE;
    case 503:
      return TIMED_OUT;
    case undefined:
      return {
        status: 500,
        code: 'internal',
        reason: 'The request met an error that should not happen.',
        fix: "Tell the operator the requestId: the service's log knows it.",
      };
    default:
      return {
        status,
        code: 'refused',
        reason: (error as Error).message,
        fix: 'Correct the request and send it again.',
      };
  }
};

/** The 4xx that Nest or Fastify mean, and the 503 of an operation that Fastify gave up; undefined for everything else. */
const statusOf = (error: unknown): number | undefined => {
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : (error as { readonly statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && ((status >= 400 && status < 500) || status === 503) ? status : undefined;
};
