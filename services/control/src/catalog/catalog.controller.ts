import { addAbortListener } from 'node:events';
import { Readable } from 'node:stream';
import { Controller, Delete, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { catalogItemSchema, type TenantId } from '@offerstream/contracts';
import { Database, MAX_ITEMS, type StoredItem } from '@offerstream/database';
import { Operation, Problem, tenantUnknown, TheCall, versionConflict, type Call } from '@offerstream/http-api';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Changes } from '../changes.js';
import { STOPPING } from '../stopping.js';
import { MAX_ITEM_BYTES, readItem } from './catalog-item.js';
import { itemUnknown } from './catalog-problems.js';
import {
  catalogQuery,
  importResponse,
  ITEM_EXAMPLE,
  itemPageQuery,
  itemPageResponse,
  itemParams,
  itemResponse,
  type CatalogQuery,
  type ItemPageQuery,
  type ItemParams,
} from './catalog-schemas.js';
import { importItems, type ImportResult } from './item-import.js';

const MAX_IMPORT_BYTES = 100 * 1024 * 1024;

export const CATALOG_ROUTE = 'v1/catalog/items';
const IMPORT_TIMEOUT_MS = 600_000;

@Controller(CATALOG_ROUTE)
export class CatalogController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
  ) {}

  @Post()
  @Operation({
    id: 'putItems',
    tag: 'catalog',
    summary: 'Creates or replaces one item, or many.',
    description:
      'One as `application/json`; many as `application/x-ndjson`, an item a line: the good ones are taken, the answer names the others. What is the same already stays as it is, so a request may be repeated. If-Match is for one item.',
    scope: 'catalog:write',
    response: z.union([itemResponse, importResponse]),
    bodies: { 'application/json': catalogItemSchema, 'application/x-ndjson': z.string() },
    etag: true,
    ifMatch: true,
    timeoutMs: IMPORT_TIMEOUT_MS,
    problems: { 400: ['cut-off', 'one-item'], 404: ['tenant-unknown'], 409: ['too-many-items'], 503: ['stopping'] },
    requestExample: ITEM_EXAMPLE.item,
    example: ITEM_EXAMPLE,
  })
  async put(
    @Query({ schema: catalogQuery }) { tenant }: CatalogQuery,
    @Req() request: FastifyRequest,
    @TheCall() call: Call,
  ) {
    if ((await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    return request.body instanceof Readable
      ? this.putMany(tenant, request.body, request, call)
      : this.putOne(tenant, request.body, call);
  }

  @Get()
  @Operation({
    id: 'listItems',
    tag: 'catalog',
    summary: 'The items of a catalog, by id.',
    scope: 'catalog:read',
    response: itemPageResponse,
    example: { items: [ITEM_EXAMPLE] },
  })
  list(@Query({ schema: itemPageQuery }) { tenant, after, limit }: ItemPageQuery) {
    return this.database.items.list(tenant, { after, limit });
  }

  @Get(':id')
  @Operation({
    id: 'getItem',
    tag: 'catalog',
    summary: 'One item.',
    scope: 'catalog:read',
    response: itemResponse,
    etag: true,
    problems: { 404: ['item-unknown'] },
    example: ITEM_EXAMPLE,
  })
  async get(
    @Param({ schema: itemParams }) { id }: ItemParams,
    @Query({ schema: catalogQuery }) { tenant }: CatalogQuery,
  ) {
    const stored = await this.database.items.get(tenant, id);
    if (stored === undefined) throw itemUnknown(tenant, id);
    return stored;
  }

  @Delete(':id')
  @Operation({
    id: 'removeItem',
    tag: 'catalog',
    summary: 'Takes an item out of the catalog, with its picture.',
    scope: 'catalog:write',
    response: null,
    ifMatch: true,
    problems: { 404: ['item-unknown'] },
  })
  async remove(
    @Param({ schema: itemParams }) { id }: ItemParams,
    @Query({ schema: catalogQuery }) { tenant }: CatalogQuery,
    @TheCall() call: Call,
  ): Promise<void> {
    await this.changes.make(call, async (change) => {
      const removed = await this.database.items.remove(change, tenant, id, call.ifMatch);
      if (removed === undefined) throw itemUnknown(tenant, id);
      if (removed !== 'removed') throw versionConflict(removed);
    });
  }

  private async putOne(tenant: TenantId, body: unknown, call: Call): Promise<StoredItem> {
    const { item, refusal } = readItem(body);
    if (refusal !== undefined) {
      throw new Problem({ status: 400, ...refusal, fix: 'Correct the item and send it again.' });
    }
    if (Buffer.byteLength(JSON.stringify(item)) > MAX_ITEM_BYTES)
      throw tooLarge(`An item has at most ${MAX_ITEM_BYTES} bytes.`);
    const { answer } = await this.changes.make(call, async (change) => {
      const put = await this.database.items.putOne(change, tenant, item, call.ifMatch);
      if (put.outcome === 'conflict') throw versionConflict(put.current);
      if (put.outcome === 'too-many') throw tooManyItems(tenant);
      return put.stored;
    });
    return answer;
  }

  private async putMany(tenant: TenantId, body: Readable, request: FastifyRequest, call: Call): Promise<ImportResult> {
    if (call.ifMatch !== undefined) throw ONE_ITEM;
    if (Number(request.headers['content-length'] ?? 0) > MAX_IMPORT_BYTES) throw IMPORT_TOO_LARGE;
    const cause = this.changes.causeOf(call);
    const listener = addAbortListener(this.stopping, () => body.destroy(SERVICE_STOPS));
    try {
      return await importItems(limited(body, MAX_IMPORT_BYTES), async (items) => {
        if ((await this.database.items.put(cause, tenant, items)) === 'too-many') throw tooManyItems(tenant);
      });
    } finally {
      listener[Symbol.dispose]();
    }
  }
}

async function* limited(body: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw IMPORT_TOO_LARGE;
      yield chunk;
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? SENDER_GONE : error;
  }
}

const tooLarge = (reason: string): Problem =>
  new Problem({ status: 413, code: 'too-large', reason, fix: 'Send less; what was taken already may be sent again.' });

const IMPORT_TOO_LARGE = tooLarge(`One request takes at most ${MAX_IMPORT_BYTES} bytes of items.`);

const ONE_ITEM = new Problem({
  status: 400,
  code: 'one-item',
  reason: 'If-Match says the version of one item, and the body may hold many.',
  fix: 'Send the item as application/json, or leave If-Match out.',
});

const SERVICE_STOPS = new Problem({
  status: 503,
  code: 'stopping',
  reason: 'The service stops.',
  fix: 'Send all items again later; those that were taken already stay as they are.',
  retryAfterSeconds: 5,
});

const SENDER_GONE = new Problem({
  status: 400,
  code: 'cut-off',
  reason: 'The connection ended before the body did.',
  fix: 'Send all items again; those that were taken already stay as they are.',
});

const tooManyItems = (tenant: string): Problem =>
  new Problem({
    status: 409,
    code: 'too-many-items',
    reason: `A tenant has at most ${MAX_ITEMS} items.`,
    fix: `Remove some first: DELETE /v1/catalog/items/{id}?tenant=${tenant}. Those that were taken already stay as they are.`,
  });
