import {
  promotedModelSchema,
  type CatalogItem,
  type ItemId,
  type PromotedModel,
  type Tenant,
  type TenantId,
} from '@offerstream/contracts';
import { z } from 'zod';
import { ControlError } from './control-error.js';

export interface ControlClientOptions {
  /** For example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** See `readAdminToken`. */
  readonly token: string;
  /** Default: Node's own. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface TenantSettings {
  readonly id: TenantId;
  readonly consent: Tenant['consent'];
  /** All of them: a placement that is left out is gone. */
  readonly placements: readonly Tenant['placements'][number][];
}

export interface Promotion {
  readonly tenant: TenantId;
  /** Folder in the model repository. */
  readonly name: string;
  readonly version: string;
  readonly family: string;
  /** The tenant's most popular items, best first, at most 100. */
  readonly popular: readonly ItemId[];
}

const writeKeySchema = z.object({
  /** The first hex digits of the key's SHA-256. */
  id: z.string(),
  name: z.string(),
  created: z.string(),
  /** There when the key was made by the back office, which shows it this once. */
  key: z.string().optional(),
});
export type AddedWriteKey = z.output<typeof writeKeySchema>;

const importSchema = z.object({
  accepted: z.int(),
  failed: z.int(),
  errors: z.array(z.object({ line: z.int(), code: z.string(), reason: z.string() })),
});

const problemSchema = z.object({ code: z.string(), reason: z.string(), fix: z.string() });

export type ItemErrors = readonly {
  /** Which of the items, counted from 1. */
  readonly number: number;
  readonly code: string;
  readonly reason: string;
}[];

export interface PutItemsResult {
  readonly accepted: number;
  readonly failed: number;
  /** The first {@link MAX_REPORTED_ERRORS} of those that failed. */
  readonly errors: ItemErrors;
}

export const MAX_REPORTED_ERRORS = 1_000;
const REQUEST_ITEMS = 5_000;
const REQUEST_LENGTH = 8 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** The back office's API for programs. Every method may be repeated: what is the same already stays as it is. */
export class ControlClient {
  private readonly fetch: typeof globalThis.fetch;

  constructor(private readonly options: ControlClientOptions) {
    this.fetch = options.fetch ?? globalThis.fetch;
  }

  /** Creates or changes a tenant. @throws ControlError */
  async putTenant({ id, consent, placements }: TenantSettings): Promise<void> {
    await this.call(z.unknown(), 'PUT', `/v1/tenants/${encodeURIComponent(id)}`, { consent, placements });
  }

  /** Adds the given write key to a tenant, or has one made. @throws ControlError */
  addWriteKey(tenant: TenantId, writeKey: { readonly name: string; readonly key?: string }): Promise<AddedWriteKey> {
    return this.call(writeKeySchema, 'POST', `/v1/tenants/${encodeURIComponent(tenant)}/write-keys`, writeKey);
  }

  /**
   * Creates or replaces items. They are sent as they come, some thousands in a request; an item that is refused stops nobody.
   *
   * @param onProgress is told after each request how many items were accepted and failed so far.
   * @throws ControlError; what was accepted before stays.
   */
  async putItems(
    tenant: TenantId,
    items: AsyncIterable<CatalogItem> | Iterable<CatalogItem>,
    onProgress: (progress: { readonly accepted: number; readonly failed: number }) => void = () => undefined,
  ): Promise<PutItemsResult> {
    let accepted = 0;
    let failed = 0;
    const errors: ItemErrors[number][] = [];
    for await (const lines of requestsOf(items)) {
      const before = accepted + failed;
      const path = `/v1/catalog/items?tenant=${encodeURIComponent(tenant)}`;
      const result = await this.send(importSchema, 'POST', path, 'application/x-ndjson', lines.join('\n'));
      accepted += result.accepted;
      failed += result.failed;
      for (const { line, code, reason } of result.errors.slice(0, MAX_REPORTED_ERRORS - errors.length)) {
        errors.push({ number: before + line, code, reason });
      }
      onProgress({ accepted, failed });
    }
    return { accepted, failed, errors };
  }

  /** Makes a version of a model the one that serves; answers with what is promoted now. @throws ControlError */
  promoteModel(model: Promotion): Promise<PromotedModel> {
    const { name, tenant, version, family, popular } = model;
    return this.call(promotedModelSchema, 'PUT', `/v1/models/${encodeURIComponent(name)}`, {
      tenant,
      version,
      family,
      popular,
    });
  }

  private call<Schema extends z.ZodType>(
    schema: Schema,
    method: 'PUT' | 'POST',
    path: string,
    body: unknown,
  ): Promise<z.output<Schema>> {
    return this.send(schema, method, path, 'application/json', JSON.stringify(body));
  }

  private async send<Schema extends z.ZodType>(
    schema: Schema,
    method: 'PUT' | 'POST',
    path: string,
    contentType: string,
    body: string,
  ): Promise<z.output<Schema>> {
    const { url, token } = this.options;
    let status: number;
    let answer: unknown;
    try {
      const response = await this.fetch(new URL(path, url), {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      status = response.status;
      answer = parsed(await response.text());
    } catch (error) {
      throw new ControlError(
        'unreachable',
        true,
        `The back office does not answer at ${url}. Check that it runs there.`,
        error,
      );
    }
    if (status >= 200 && status < 300) {
      const result = schema.safeParse(answer);
      if (result.success) return result.data;
      throw unexpected(`${method} ${path}`, url, status, result.error);
    }
    const problem = problemSchema.safeParse(answer);
    if (!problem.success) throw unexpected(`${method} ${path}`, url, status, undefined);
    const { code, reason, fix } = problem.data;
    throw new ControlError(code, status >= 500, `${reason} ${fix}`);
  }
}

async function* requestsOf(
  items: AsyncIterable<CatalogItem> | Iterable<CatalogItem>,
): AsyncGenerator<readonly string[]> {
  let lines: string[] = [];
  let length = 0;
  for await (const item of items) {
    const line = JSON.stringify(item);
    lines.push(line);
    length += line.length;
    if (lines.length < REQUEST_ITEMS && length < REQUEST_LENGTH) continue;
    yield lines;
    lines = [];
    length = 0;
  }
  if (lines.length > 0) yield lines;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const unexpected = (call: string, url: string, status: number, cause: unknown): ControlError =>
  new ControlError(
    'unexpected-answer',
    false,
    `${call} was answered by ${url} with status ${status} and a body that the back office does not send. Check the address.`,
    cause,
  );
