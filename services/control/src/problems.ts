import { DatabaseUnavailable, IdempotencyKeyReused } from '@offerstream/database';
import { IDEMPOTENCY_KEY_REUSED, type ProblemDetails } from '@offerstream/http-api';

const RETRY_AFTER_SECONDS = 2;

/** What the back office knows of its own errors. */
export const problemOfDatabase = (error: unknown): ProblemDetails | undefined => {
  if (error instanceof IdempotencyKeyReused) return IDEMPOTENCY_KEY_REUSED.details;
  if (!(error instanceof DatabaseUnavailable)) return undefined;
  return {
    status: 503,
    code: error.code,
    reason: 'The database does not answer.',
    fix: 'Send the request again later; it can be repeated.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  };
};
