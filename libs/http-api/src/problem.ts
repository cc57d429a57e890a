import { STATUS_CODES } from 'node:http';
import { z } from 'zod';

/** What was wrong with one field of a request. */
const fieldSchema = z.object({ field: z.string(), reason: z.string() });

/** The same once more, as clients of OpenAI's API read it. */
const errorSchema = z.object({
  message: z.string(),
  type: z.enum([
    'invalid_request_error',
    'authentication_error',
    'permission_error',
    'rate_limit_error',
    'server_error',
  ]),
  /** The first of the fields. */
  param: z.string().nullable(),
  code: z.string(),
});

/**
 * Body of every answer that is not a success (RFC 9457, with `code`, `reason`, `fix`, `fields`, `requestId` and `error` beside its
 * members).
 */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** Stable; made for programs. */
  code: z.string().meta({ description: 'Stable; made for programs.' }),
  reason: z.string().meta({ description: 'What is wrong; made for people.' }),
  fix: z.string().meta({ description: 'What to do about it.' }),
  fields: z.array(fieldSchema).optional(),
  requestId: z.string().meta({ description: 'The x-request-id of the answer; the logs and the audit log know it.' }),
  error: errorSchema.meta({ description: "The same once more, as clients of OpenAI's API read it." }),
});

export interface ProblemDetails {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly fix: string;
  readonly fields?: readonly z.output<typeof fieldSchema>[];
  readonly retryAfterSeconds?: number;
}

/** An expected outcome of a request that is not a success. */
export class Problem extends Error {
  constructor(readonly details: ProblemDetails) {
    super(details.reason);
    this.name = 'Problem';
  }
}

export const problemBody = (
  { status, code, reason, fix, fields }: ProblemDetails,
  requestId: string,
): z.output<typeof problemSchema> => ({
  type: `urn:offerstream:problem:${code}`,
  title: STATUS_CODES[status] ?? 'Error',
  status,
  code,
  reason,
  fix,
  ...(fields === undefined ? {} : { fields: [...fields] }),
  requestId,
  // Those clients show their users the message alone.
  error: {
    message: `${reason}${/[.!?]$/.test(reason) ? '' : '.'} ${fix}`,
    type: errorTypeOf(status),
    param: fields?.[0]?.field ?? null,
    code,
  },
});

const errorTypeOf = (status: number): z.output<typeof errorSchema>['type'] => {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 429:
      return 'rate_limit_error';
    default:
      return status < 500 ? 'invalid_request_error' : 'server_error';
  }
};

/** An issue of a schema that follows Standard Schema, as zod's do. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** Of an object's members that the schema does not have. */
  readonly keys?: readonly string[];
}

/** What a schema had to say about a request. */
export const invalidRequest = (issues: readonly Issue[]): Problem => {
  const fields = issues.flatMap(({ path = [], message, keys }) =>
    keys === undefined
      ? [{ field: fieldName(path), reason: message }]
      : keys.map((key) => ({ field: fieldName([...path, key]), reason: 'is not known here; leave it out' })),
  );
  return new Problem({
    status: 400,
    code: 'invalid',
    reason: fields.map(({ field, reason }) => (field === '' ? reason : `${field}: ${reason}`)).join('; '),
    fix: 'Correct the named fields and send the request again.',
    fields,
  });
};

/** A schema issue's path as text, for example `placements.0.slots`. */
export const fieldName = (path: Issue['path']): string =>
  (path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.');
