import { itemKey, type CatalogItem, type ItemId, type TenantId } from '@offerstream/contracts';
import type { Pool } from 'pg';
import type { Change, ChangeCause } from './change.js';
import { onDatabase } from './errors.js';
import type { Item, PrismaClient } from './generated/client.js';
import { appendPictureToOutbox, appendToOutbox } from './outbox.js';

export interface StoredItem {
  readonly item: CatalogItem;
  /** Rises with every change. */
  readonly version: number;
}

/** `conflict`: another version is the current one, none at all when it is undefined. `too-many`: see {@link MAX_ITEMS}. */
export type ItemPut =
  | { readonly outcome: 'too-many' }
  | { readonly outcome: 'stored'; readonly stored: StoredItem }
  | { readonly outcome: 'conflict'; readonly current: number | undefined };

export interface ItemPage {
  readonly items: readonly StoredItem[];
  /** Where the next page starts; undefined on the last one. */
  readonly next: ItemId | undefined;
}

/**
 * Most items of a tenant: the data plane holds everybody's in memory, and anybody may sign up. Batches that come at the same moment
 * don't wait for each other, so each may go beyond it.
 */
export const MAX_ITEMS = 1_000_000;

// Counts all of a tenant's items only where some are to be added: a catalog that is sent again is not counted.
const HAS_ROOM = `
  SELECT added = 0 OR added + (SELECT count(*) FROM items WHERE tenant = $1) <= $3 AS "hasRoom"
  FROM (
    SELECT count(DISTINCT id) AS added FROM unnest($2::text[]) AS incoming (id)
    WHERE NOT EXISTS (SELECT FROM items WHERE tenant = $1 AND items.id = incoming.id)
  ) AS incoming`;

// A picture that was fetched from its URL, or will be, is left alone; one that could not be is tried again.
// Not through Prisma, which keeps the parameters of the last hundred raw statements in memory: here megabytes each.
const PUT_ITEMS = `
  WITH incoming AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS row (
      id text, title text, categories text[], price double precision, currency text, available boolean,
      picture_url text, attributes jsonb, key text, value text)
  ), changed AS (
    INSERT INTO items AS stored (tenant, id, title, categories, price, currency, available, picture_url, attributes, version)
    SELECT $1, id, title, categories, price, currency, available, picture_url, attributes, 1 FROM incoming ORDER BY id
    ON CONFLICT (tenant, id) DO UPDATE SET
      title = EXCLUDED.title, categories = EXCLUDED.categories, price = EXCLUDED.price, currency = EXCLUDED.currency,
      available = EXCLUDED.available, picture_url = EXCLUDED.picture_url, attributes = EXCLUDED.attributes,
      version = stored.version + 1
    WHERE (stored.title, stored.categories, stored.price, stored.currency, stored.available, stored.picture_url,
        stored.attributes)
      IS DISTINCT FROM (EXCLUDED.title, EXCLUDED.categories, EXCLUDED.price, EXCLUDED.currency, EXCLUDED.available,
        EXCLUDED.picture_url, EXCLUDED.attributes)
    RETURNING id
  ), to_fetch AS (
    INSERT INTO picture_fetches (tenant, item, url, attempts, due)
    SELECT $1, id, picture_url, 0, $3::timestamptz FROM incoming
    WHERE picture_url IS NOT NULL AND NOT EXISTS (
      SELECT FROM picture_fetches AS known
      WHERE known.tenant = $1 AND known.item = incoming.id AND known.url = incoming.picture_url
        AND (known.due IS NOT NULL OR known.code IS NULL))
    ORDER BY id
    ON CONFLICT (tenant, item) DO UPDATE SET
      url = EXCLUDED.url, attempts = 0, due = EXCLUDED.due, code = NULL, reason = NULL
  ), not_to_fetch AS (
    DELETE FROM picture_fetches USING incoming
    WHERE picture_fetches.tenant = $1 AND picture_fetches.item = incoming.id AND incoming.picture_url IS NULL
  ), recorded AS (
    INSERT INTO audit (tenant, at, principal_kind, principal_id, operation, target, request_id, summary)
    SELECT $1, $3::timestamptz, $4, $5, $6, CASE count(*) WHEN 1 THEN 'item ' || min(id) ELSE 'catalog' END, $7,
      jsonb_build_object('items', count(*))
    FROM changed HAVING count(*) > 0
  )
  INSERT INTO outbox (topic, key, value) SELECT 'catalog', key, value FROM changed JOIN incoming USING (id)`;

/** The tenants' catalogs; each change makes one record of the topic `catalog`. */
export class Items {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly pool: Pool,
  ) {}

  /**
   * Creates or replaces items of an existing tenant, all or none. Of several with one id the last counts. An item that is the
   * same already keeps its version and makes no record. The audit log has one record of all.
   *
   * @returns how many changed; nothing is stored when the tenant would have more than {@link MAX_ITEMS}
   * @throws DatabaseUnavailable
   */
  put(cause: ChangeCause, tenant: TenantId, items: readonly CatalogItem[]): Promise<number | 'too-many'> {
    // One statement, so one transaction. RETURNING passes on a row only once it is locked, and only then the outbox draws its id:
    // so ids follow the order of commits for each item. Sorted, so that two of these never wait for each other.
    return onDatabase(async () => {
      const { rows } = await this.pool.query<Room>(HAS_ROOM, [...roomValuesOf(tenant, items)]);
      if (rows[0]?.hasRoom !== true) return 'too-many';
      return (await this.pool.query(PUT_ITEMS, [...valuesOf(cause, tenant, items)])).rowCount ?? 0;
    });
  }

  /**
   * Creates or replaces one item of an existing tenant.
   *
   * @param ifVersion the version that must be the current one; undefined: any, or none
   * @throws DatabaseUnavailable
   */
  async putOne(change: Change, tenant: TenantId, item: CatalogItem, ifVersion?: number): Promise<ItemPut> {
    const { transaction, cause } = change;
    if (ifVersion !== undefined) {
      const current = await lockItem(change, tenant, item.id);
      if (current !== ifVersion) return { outcome: 'conflict', current };
    }
    const [room] = await transaction.$queryRawUnsafe<Room[]>(HAS_ROOM, ...roomValuesOf(tenant, [item]));
    if (room?.hasRoom !== true) return { outcome: 'too-many' };
    await transaction.$executeRawUnsafe(PUT_ITEMS, ...valuesOf(cause, tenant, [item]));
    const row = await transaction.item.findUniqueOrThrow({ where: { tenantId_id: { tenantId: tenant, id: item.id } } });
    return { outcome: 'stored', stored: storedItem(row) };
  }

  /** @throws DatabaseUnavailable */
  get(tenant: TenantId, id: ItemId): Promise<StoredItem | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.item.findUnique({ where: { tenantId_id: { tenantId: tenant, id } } });
      return row === null ? undefined : storedItem(row);
    });
  }

  /** Items by id, after the given one. @throws DatabaseUnavailable */
  list(tenant: TenantId, page: { readonly after: ItemId | undefined; readonly limit: number }): Promise<ItemPage> {
    return onDatabase(async () => {
      const rows = await this.prisma.item.findMany({
        where: { tenantId: tenant, ...(page.after === undefined ? {} : { id: { gt: page.after } }) },
        orderBy: { id: 'asc' },
        take: page.limit + 1,
      });
      const items = rows.slice(0, page.limit).map(storedItem);
      return { items, next: rows.length > page.limit ? items.at(-1)?.item.id : undefined };
    });
  }

  /**
   * Deletes an item with its picture and makes their tombstones.
   *
   * @param ifVersion the version that must be the current one; undefined: any
   * @returns undefined when there is none, a number when another version is the current one
   * @throws DatabaseUnavailable
   */
  async remove(
    change: Change,
    tenant: TenantId,
    id: ItemId,
    ifVersion?: number,
  ): Promise<'removed' | number | undefined> {
    const { transaction } = change;
    const current = await lockItem(change, tenant, id);
    if (current === undefined) return undefined;
    if (ifVersion !== undefined && current !== ifVersion) return current;
    const pictures = await transaction.itemPicture.deleteMany({ where: { tenantId: tenant, itemId: id } });
    await transaction.item.delete({ where: { tenantId_id: { tenantId: tenant, id } } });
    if (pictures.count > 0) await appendPictureToOutbox(transaction, itemKey(tenant, id), null);
    await appendToOutbox(transaction, 'catalog', itemKey(tenant, id), null);
    await change.audit({ tenant, target: `item ${id}`, summary: { removed: true } });
    return 'removed';
  }
}

/** The version of an item that nobody else changes from here on; undefined when there is none. */
export const lockItem = async ({ transaction }: Change, tenant: TenantId, id: ItemId): Promise<number | undefined> => {
  const [row] = await transaction.$queryRaw<{ readonly version: number }[]>`
    SELECT version FROM items WHERE tenant = ${tenant} AND id = ${id} FOR UPDATE`;
  return row?.version;
};

interface Room {
  readonly hasRoom: boolean;
}

/** What {@link HAS_ROOM} takes. */
const roomValuesOf = (tenant: TenantId, items: readonly CatalogItem[]): readonly unknown[] => [
  tenant,
  items.map(({ id }) => id),
  MAX_ITEMS,
];

/** What {@link PUT_ITEMS} takes. */
const valuesOf = (cause: ChangeCause, tenant: TenantId, items: readonly CatalogItem[]): readonly unknown[] => {
  const rows = [...new Map(items.map((item) => [item.id, rowOf(tenant, item)])).values()];
  const { principal, operation, requestId, at } = cause;
  return [tenant, JSON.stringify(rows), at, principal.kind, principal.id, operation, requestId];
};

const rowOf = (tenant: TenantId, item: CatalogItem) => {
  const { id, title, categories, price, currency, available, pictureUrl, ...attributes } = item;
  return {
    id,
    title,
    categories,
    price,
    currency,
    available,
    picture_url: pictureUrl,
    attributes,
    key: itemKey(tenant, id),
    value: JSON.stringify(item),
  };
};

const storedItem = (row: Item): StoredItem => ({
  item: {
    ...(row.attributes as Readonly<Record<string, unknown>>),
    id: row.id as ItemId,
    ...(row.title === null ? {} : { title: row.title }),
    categories: row.categories,
    ...(row.price === null ? {} : { price: row.price }),
    ...(row.currency === null ? {} : { currency: row.currency }),
    available: row.available,
    ...(row.pictureUrl === null ? {} : { pictureUrl: row.pictureUrl }),
  },
  version: row.version,
});
