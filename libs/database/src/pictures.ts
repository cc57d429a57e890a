import { itemKey, type ItemId, type TenantId } from '@offerstream/contracts';
import type { Change } from './change.js';
import { onDatabase } from './errors.js';
import type { PrismaClient } from './generated/client.js';
import { lockItem } from './items.js';
import { appendPictureToOutbox } from './outbox.js';
import { endFetch } from './picture-fetches.js';

/** What is known of an item's picture beside its pixels. */
export interface PictureInfo {
  readonly item: ItemId;
  /** Of the JPEG as it is kept and published, hex. */
  readonly sha256: string;
  /** Of the bytes that were sent, hex. */
  readonly sourceSha256: string;
}

export interface StoredPicture extends PictureInfo {
  readonly jpeg: Uint8Array<ArrayBuffer>;
}

export interface PicturePage {
  readonly pictures: readonly PictureInfo[];
  /** Where the next page starts; undefined on the last one. */
  readonly next: ItemId | undefined;
}

/** Most pictures of a tenant: they may take 10 GB, and anybody may sign up. */
export const MAX_PICTURES = 100_000;

const INFO = { itemId: true, sha256: true, sourceSha256: true } as const;

/** How the items of the tenants' catalogs look; each change makes one record of the topic `pictures`. */
export class Pictures {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Gives an item a picture, or another one, and has none fetched for it any more. What is the same already makes no record.
   *
   * @returns `too-many`: see {@link MAX_PICTURES}
   * @throws DatabaseUnavailable
   */
  async put(change: Change, tenant: TenantId, picture: StoredPicture): Promise<'stored' | 'item-unknown' | 'too-many'> {
    const { transaction } = change;
    const { item, jpeg, sha256, sourceSha256 } = picture;
    if ((await lockItem(change, tenant, item)) === undefined) return 'item-unknown';
    await endFetch(change, tenant, item);
    const where = { tenantId_itemId: { tenantId: tenant, itemId: item } };
    const before = await transaction.itemPicture.findUnique({ where, select: { sha256: true } });
    if (before === null && (await this.count(change, tenant)) >= MAX_PICTURES) return 'too-many';
    const row = { jpeg, sha256, sourceSha256 };
    await transaction.itemPicture.upsert({ where, create: { tenantId: tenant, itemId: item, ...row }, update: row });
    if (before?.sha256 === sha256) return 'stored';
    await appendPictureToOutbox(transaction, itemKey(tenant, item), jpeg);
    await change.audit({ tenant, target: `picture of item ${item}`, summary: { sha256 } });
    return 'stored';
  }

  /** @throws DatabaseUnavailable */
  info(tenant: TenantId, item: ItemId): Promise<PictureInfo | undefined> {
    return onDatabase(async () => {
      const where = { tenantId_itemId: { tenantId: tenant, itemId: item } };
      const row = await this.prisma.itemPicture.findUnique({ where, select: INFO });
      return row === null ? undefined : infoOf(row);
    });
  }

  /** The bytes of its JPEG. @throws DatabaseUnavailable */
  get(tenant: TenantId, item: ItemId): Promise<Uint8Array | undefined> {
    return onDatabase(async () => {
      const where = { tenantId_itemId: { tenantId: tenant, itemId: item } };
      return (await this.prisma.itemPicture.findUnique({ where, select: { jpeg: true } }))?.jpeg;
    });
  }

  /** Which items have one, by id, after the given one. @throws DatabaseUnavailable */
  list(tenant: TenantId, page: { readonly after: ItemId | undefined; readonly limit: number }): Promise<PicturePage> {
    return onDatabase(async () => {
      const rows = await this.prisma.itemPicture.findMany({
        where: { tenantId: tenant, ...(page.after === undefined ? {} : { itemId: { gt: page.after } }) },
        orderBy: { itemId: 'asc' },
        take: page.limit + 1,
        select: INFO,
      });
      const pictures = rows.slice(0, page.limit).map(infoOf);
      return { pictures, next: rows.length > page.limit ? pictures.at(-1)?.item : undefined };
    });
  }

  /**
   * Takes an item's picture away and makes a tombstone.
   *
   * @returns whether there was one
   * @throws DatabaseUnavailable
   */
  async remove(change: Change, tenant: TenantId, item: ItemId): Promise<boolean> {
    const { transaction } = change;
    if ((await lockItem(change, tenant, item)) === undefined) return false;
    const { count } = await transaction.itemPicture.deleteMany({ where: { tenantId: tenant, itemId: item } });
    if (count === 0) return false;
    await appendPictureToOutbox(transaction, itemKey(tenant, item), null);
    await change.audit({ tenant, target: `picture of item ${item}`, summary: { removed: true } });
    return true;
  }

  private count({ transaction }: Change, tenant: TenantId): Promise<number> {
    return transaction.itemPicture.count({ where: { tenantId: tenant } });
  }
}

const infoOf = (row: {
  readonly itemId: string;
  readonly sha256: string;
  readonly sourceSha256: string;
}): PictureInfo => ({
  item: row.itemId as ItemId,
  sha256: row.sha256,
  sourceSha256: row.sourceSha256,
});
