import { Problem, type ProblemDetails } from './problem.js';

/** The problems that every operation may answer with. */

export const UNAUTHENTICATED = new Problem({
  status: 401,
  code: 'unauthenticated',
  reason: 'The request carries no key or token that is known and still good.',
  fix: 'Send "Authorization: Bearer <key>" with a key that is neither revoked nor expired.',
});

export const scopeMissing = (scope: string): Problem =>
  new Problem({
    status: 403,
    code: 'scope-missing',
    reason: `The key or token may not do this: it lacks the scope ${scope}.`,
    fix: `Use one that has the scope ${scope}.`,
  });

/** What a tenant is told that does not exist, and what anybody is told who names a tenant that is not his: the same. */
export const tenantUnknown = (tenant: string): Problem =>
  new Problem({
    status: 404,
    code: 'tenant-unknown',
    reason: `There is no tenant ${tenant} for this key or token.`,
    fix: 'Check the tenant, or create it first.',
  });

export const METHOD_NOT_ALLOWED = new Problem({
  status: 405,
  code: 'method-not-allowed',
  reason: 'This path has no such method.',
  fix: 'Use one of those that the header Allow names.',
});

export const MEDIA_TYPE: ProblemDetails = {
  status: 415,
  code: 'media-type',
  reason: 'The body has a content type that is not taken here.',
  fix: 'Send one of the content types that /openapi.json names for this operation.',
};

export const CONTENT_ENCODING = new Problem({
  status: 415,
  code: 'content-encoding',
  reason: 'The body is compressed.',
  fix: 'Send it as it is, without Content-Encoding.',
});

/** @param current undefined: there is nothing. */
export const versionConflict = (current: number | undefined): Problem =>
  new Problem({
    status: 412,
    code: 'version-conflict',
    reason:
      current === undefined
        ? 'If-Match names a version, and there is nothing here yet.'
        : `The version that If-Match names is not the current one, which is ${current}.`,
    fix: 'Read it again, apply the change to what it is by then, and send that with the new ETag.',
  });

export const TIMED_OUT: ProblemDetails = {
  status: 503,
  code: 'timed-out',
  reason: 'The request took too long and was given up; it may still have taken effect.',
  fix: 'Look whether it did, or send it again later.',
  retryAfterSeconds: 5,
};

/** Told to nobody, and so no error to be logged. The status is that of nginx' log. */
export const NOBODY_WAITS = new Problem({
  status: 499,
  code: 'nobody-waits',
  reason: 'The client went away before it was answered.',
  fix: 'Wait for the answer.',
});
