import { DatabaseTooSlow, DatabaseUnavailable, IdempotencyKeyReused } from '@offerstream/database';
import { IDEMPOTENCY_KEY_REUSED, type ProblemDetails } from '@offerstream/http-api';

const RETRY_AFTER_SECONDS = 2;

const TOO_SLOW = {
  reason: 'The database took too long for this.',
  fix: 'Ask for less at once, a shorter time for example, or send the request again later; it can be repeated.',
};
const AWAY = {
  reason: 'The database does not answer.',
  fix: 'Send the request again later; it can be repeated.',
};

/** What the back office knows of its own errors. */
export const problemOfDatabase = (error: unknown): ProblemDetails | undefined => {
  if (error instanceof IdempotencyKeyReused) return IDEMPOTENCY_KEY_REUSED.details;
  if (!(error instanceof DatabaseUnavailable)) return undefined;
  return {
    status: 503,
    code: error.code,
    ...(error instanceof DatabaseTooSlow ? TOO_SLOW : AWAY),
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  };
};
