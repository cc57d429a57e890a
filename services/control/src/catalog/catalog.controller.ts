import { addAbortListener } from 'node:events';
import { Readable } from 'node:stream';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, SerializeOptions } from '@nestjs/common';
import type { TenantId } from '@offerstream/contracts';
import { Database } from '@offerstream/database';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem } from '@offerstream/http-api';
import { tenantUnknown } from '../problems.js';
import { MAX_ITEM_BYTES, readItem } from './catalog-item.js';
import {
  catalogQuery,
  importResponse,
  itemPageQuery,
  itemPageResponse,
  itemParams,
  itemResponse,
  type CatalogQuery,
  type ItemPageQuery,
  type ItemParams,
} from './catalog-schemas.js';
import { importItems, type ImportResult } from './item-import.js';

/** Aborted when the service stops. */
export const STOPPING = Symbol('stopping');

const MAX_IMPORT_BYTES = 100 * 1024 * 1024;

export const CATALOG_ROUTE = 'v1/catalog/items';

@Controller(CATALOG_ROUTE)
export class CatalogController {
  constructor(
    private readonly database: Database,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
  ) {}

  /** Creates or replaces one item (JSON) or many (NDJSON: one item a line, the good ones are taken). */
  @Post()
  @HttpCode(200)
  @SerializeOptions({ schema: z.union([itemResponse, importResponse]) })
  async put(@Query({ schema: catalogQuery }) { tenant }: CatalogQuery, @Req() request: FastifyRequest) {
    if ((await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    return request.body instanceof Readable
      ? this.putMany(tenant, request.body, request)
      : this.putOne(tenant, request.body);
  }

  @Get()
  @SerializeOptions({ schema: itemPageResponse })
  list(@Query({ schema: itemPageQuery }) { tenant, after, limit }: ItemPageQuery) {
    return this.database.items.list(tenant, { after, limit });
  }

  @Get(':id')
  @SerializeOptions({ schema: itemResponse })
  async get(
    @Param({ schema: itemParams }) { id }: ItemParams,
    @Query({ schema: catalogQuery }) { tenant }: CatalogQuery,
  ) {
    const stored = await this.database.items.get(tenant, id);
    if (stored === undefined) throw itemUnknown(tenant, id);
    return stored;
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(
    @Param({ schema: itemParams }) { id }: ItemParams,
    @Query({ schema: catalogQuery }) { tenant }: CatalogQuery,
  ): Promise<void> {
    if (!(await this.database.items.remove(tenant, id))) throw itemUnknown(tenant, id);
  }

  private async putOne(tenant: TenantId, body: unknown) {
    const { item, refusal } = readItem(body);
    if (refusal !== undefined) {
      throw new Problem({ status: 400, ...refusal, fix: 'Correct the item and send it again.' });
    }
    if (Buffer.byteLength(JSON.stringify(item)) > MAX_ITEM_BYTES)
      throw tooLarge(`An item has at most ${MAX_ITEM_BYTES} bytes.`);
    await this.database.items.put(tenant, [item]);
    return (await this.database.items.get(tenant, item.id)) ?? { item, version: 1 };
  }

  private async putMany(tenant: TenantId, body: Readable, request: FastifyRequest): Promise<ImportResult> {
    if (Number(request.headers['content-length'] ?? 0) > MAX_IMPORT_BYTES) throw IMPORT_TOO_LARGE;
    const listener = addAbortListener(this.stopping, () => body.destroy(SERVICE_STOPS));
    try {
      return await importItems(limited(body, MAX_IMPORT_BYTES), (items) => this.database.items.put(tenant, items));
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

const itemUnknown = (tenant: string, id: string): Problem =>
  new Problem({
    status: 404,
    code: 'item-unknown',
    reason: `Tenant ${tenant} has no item ${id}.`,
    fix: `See GET /v1/catalog/items?tenant=${tenant}.`,
  });
