import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter, type LoggerService } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { MEDIA_TYPE, Problem, problemBody, type ProblemDetails } from './problem.js';

/** What a service knows of errors of its own: their problem, or undefined for all others. */
export type ProblemOfError = (error: unknown) => ProblemDetails | undefined;

/** Answers everything that is not a success as `application/problem+json`. An unknown error is logged, and told to nobody. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: LoggerService,
    private readonly known: ProblemOfError = () => undefined,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const details = error instanceof Problem ? error.details : (this.known(error) ?? problemOf(error));
    if (details.status === 500) {
      this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error), undefined, 'http');
    }
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (details.retryAfterSeconds !== undefined) void reply.header('retry-after', String(details.retryAfterSeconds));
    if (details.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply
      .status(details.status)
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(details)));
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
        fix: 'Send a body of valid JSON without the key __proto__.',
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
        fix: 'Send less at once; many items go as application/x-ndjson.',
      };
    case 415:
      return MEDIA_TYPE;
    case undefined:
      return {
        status: 500,
        code: 'internal',
        reason: 'The request met an error that should not happen.',
        fix: "See the service's log.",
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

/** The 4xx that Nest or Fastify mean; undefined for everything else. */
const statusOf = (error: unknown): number | undefined => {
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : (error as { readonly statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
};
