import { STATUS_CODES } from 'node:http';
import { z } from 'zod';

/** What was wrong with one field of a request. */
const fieldSchema = z.object({ field: z.string(), reason: z.string() });

/** Body of every answer that is not a success (RFC 9457, with `code`, `reason` and `fix` as its extension members). */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** Stable; made for programs. */
  code: z.string(),
  /** What is wrong; made for people. */
  reason: z.string(),
  /** What to do about it. */
  fix: z.string(),
  fields: z.array(fieldSchema).optional(),
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

export const problemBody = ({ status, code, reason, fix, fields }: ProblemDetails): z.output<typeof problemSchema> => ({
  type: `urn:offerstream:problem:${code}`,
  title: STATUS_CODES[status] ?? 'Error',
  status,
  code,
  reason,
  fix,
  ...(fields === undefined ? {} : { fields: [...fields] }),
});

export const MEDIA_TYPE: ProblemDetails = {
  status: 415,
  code: 'media-type',
  reason: 'The body has a content type that is not taken here.',
  fix: 'Send application/json, or application/x-ndjson to /v1/catalog/items.',
};

/** An issue of a schema that follows Standard Schema, as zod's do. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema had to say about a request. */
export const invalidRequest = (issues: readonly Issue[]): Problem => {
  const fields = issues.map(({ path, message }) => ({ field: fieldName(path), reason: message }));
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
