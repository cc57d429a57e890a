import { Problem, type ProblemDetails } from '@offerstream/http-api';
import { DatabaseUnavailable } from '@offerstream/database';

const RETRY_AFTER_SECONDS = 2;

/** What the back office knows of its own errors. */
export const problemOfDatabase = (error: unknown): ProblemDetails | undefined =>
  error instanceof DatabaseUnavailable
    ? {
        status: 503,
        code: error.code,
        reason: 'The database does not answer.',
        fix: 'Send the request again later; it can be repeated.',
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      }
    : undefined;

export const tenantUnknown = (tenant: string): Problem =>
  new Problem({
    status: 404,
    code: 'tenant-unknown',
    reason: `There is no tenant ${tenant}.`,
    fix: `Create it first: PUT /v1/tenants/${tenant}.`,
  });
