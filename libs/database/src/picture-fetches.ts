import { isDeepStrictEqual } from 'node:util';
import type { ItemId, TenantId } from '@offerstream/contracts';
import type { Change } from './change.js';
import { onDatabase } from './errors.js';
import type { PictureFetch, Prisma, PrismaClient } from './generated/client.js';
import { lockItem } from './items.js';
import { lockTenant } from './lock-tenant.js';

/** An item's picture that somebody is about to fetch, and nobody else until then. */
export interface ClaimedFetch {
  readonly tenant: TenantId;
  readonly item: ItemId;
  readonly url: string;
  /** How often it has been claimed since its URL was told, this time included. */
  readonly attempts: number;
  /** Hosts that the tenant allowed when it was claimed. */
  readonly hosts: readonly string[];
}

/**
 * `waiting`: to be fetched, again where there is a failure. `done`: fetched, or a photo was sent meanwhile. `failed`: given up until the item
 * is sent again.
 */
export const FETCH_STATUSES = ['waiting', 'done', 'failed'] as const;
export type FetchStatus = (typeof FETCH_STATUSES)[number];

export interface FetchFailure {
  readonly code: string;
  readonly reason: string;
}

export interface ShownFetch {
  readonly item: ItemId;
  readonly url: string;
  readonly status: FetchStatus;
  readonly attempts: number;
  /** Of the last attempt, where it failed. */
  readonly failure: FetchFailure | undefined;
  /** When it is tried next, at the earliest. */
  readonly due: Date | undefined;
}

export interface FetchPage {
  readonly fetches: readonly ShownFetch[];
  /** Where the next page starts; undefined on the last one. */
  readonly next: ItemId | undefined;
}

/** Of a failure that ends when the tenant allows the host. */
export const HOST_NOT_ALLOWED = 'host-not-allowed';

/** The pictures that items name by URL: which are to be fetched, and what came of it. Rows come and go with items, see `Items`. */
export class PictureFetches {
  constructor(private readonly prisma: PrismaClient) {}

  /** Tenants with a picture that is to be fetched. @throws DatabaseUnavailable */
  tenantsWithDue(now: Date): Promise<readonly TenantId[]> {
    return onDatabase(async () => {
      const rows = await this.prisma.$queryRaw<{ readonly id: TenantId }[]>`
        SELECT id FROM tenants WHERE EXISTS (SELECT FROM picture_fetches WHERE tenant = tenants.id AND due <= ${now})`;
      return rows.map(({ id }) => id);
    });
  }

  /**
   * Takes the picture that waits the longest; undefined where none does that nobody else has taken.
   *
   * @param until when it is anybody's again, should nothing be heard of it
   * @throws DatabaseUnavailable
   */
  claim(tenant: TenantId, now: Date, until: Date): Promise<ClaimedFetch | undefined> {
    return onDatabase(async () => {
      const [claimed] = await this.prisma.$queryRaw<ClaimedFetch[]>`
        UPDATE picture_fetches SET due = ${until}, attempts = attempts + 1
        WHERE (tenant, item) = (
          SELECT tenant, item FROM picture_fetches WHERE tenant = ${tenant} AND due <= ${now}
          ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING tenant, item, url, attempts,
          (SELECT coalesce(picture_hosts, '{}') FROM tenants WHERE id = picture_fetches.tenant) AS hosts`;
      return claimed;
    });
  }

  /**
   * Keeps the picture taken for longer.
   *
   * @param until when it would be anybody's again
   * @returns whether it was still taken
   * @throws DatabaseUnavailable
   */
  renew(claimed: ClaimedFetch, until: Date, later: Date): Promise<boolean> {
    // With any other time it waits to be tried again, or somebody else has it.
    return onDatabase(() => settle(this.prisma, claimed, { due: later }, until));
  }

  /**
   * Says that the picture was fetched, in the change that keeps it.
   *
   * @returns whether it was still wanted: the item may be gone, name another picture, or have a photo that was sent meanwhile
   * @throws DatabaseUnavailable
   */
  async finish(change: Change, claimed: ClaimedFetch): Promise<boolean> {
    // The item first, as whoever changes it does.
    if ((await lockItem(change, claimed.tenant, claimed.item)) === undefined) return false;
    return settle(change.transaction, claimed, { due: null, code: null, reason: null });
  }

  /**
   * What failed for its host is anybody's at once where the tenant allows other hosts by now.
   *
   * @param again when it is tried again; undefined: it is given up
   * @throws DatabaseUnavailable
   */
  async fail(claimed: ClaimedFetch, { code, reason }: FetchFailure, again: Date | undefined, now: Date): Promise<void> {
    await onDatabase(() =>
      this.prisma.$transaction(async (transaction) => {
        if (code === HOST_NOT_ALLOWED && (await allowsOthers(transaction, claimed)))
          await settle(transaction, claimed, { due: now, attempts: claimed.attempts - 1 });
        else await settle(transaction, claimed, { code, reason, due: again ?? null });
      }),
    );
  }

  /** Lets others fetch it at once, as if it had not been claimed. @throws DatabaseUnavailable */
  async giveBack(claimed: ClaimedFetch, now: Date): Promise<void> {
    await onDatabase(() => settle(this.prisma, claimed, { due: now, attempts: claimed.attempts - 1 }));
  }

  /** @throws DatabaseUnavailable */
  get(tenant: TenantId, item: ItemId): Promise<ShownFetch | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.pictureFetch.findUnique({
        where: { tenantId_itemId: { tenantId: tenant, itemId: item } },
      });
      return row === null ? undefined : shownFetch(row);
    });
  }

  /** By item, after the given one. @throws DatabaseUnavailable */
  list(
    tenant: TenantId,
    page: {
      readonly after: ItemId | undefined;
      readonly limit: number;
      readonly status: FetchStatus | undefined;
    },
  ): Promise<FetchPage> {
    return onDatabase(async () => {
      const rows = await this.prisma.pictureFetch.findMany({
        where: {
          tenantId: tenant,
          ...(page.status === undefined ? {} : OF_STATUS[page.status]),
          ...(page.after === undefined ? {} : { itemId: { gt: page.after } }),
        },
        orderBy: { itemId: 'asc' },
        take: page.limit + 1,
      });
      const fetches = rows.slice(0, page.limit).map(shownFetch);
      return { fetches, next: rows.length > page.limit ? fetches.at(-1)?.item : undefined };
    });
  }
}

/** Tries what failed for its host again, in the change that allows other hosts. */
export const retryHosts = async ({ transaction, at }: Change, tenant: TenantId): Promise<void> => {
  await transaction.pictureFetch.updateMany({
    where: { tenantId: tenant, due: null, code: HOST_NOT_ALLOWED },
    data: { due: at, attempts: 0, code: null, reason: null },
  });
};

/** Nothing is fetched any more for a locked item, in the change that gives it a picture. */
export const endFetch = async ({ transaction }: Change, tenant: TenantId, item: ItemId): Promise<void> => {
  await transaction.pictureFetch.updateMany({
    where: { tenantId: tenant, itemId: item },
    data: { due: null, code: null, reason: null },
  });
};

const OF_STATUS: Readonly<Record<FetchStatus, Prisma.PictureFetchWhereInput>> = {
  waiting: { due: { not: null } },
  done: { due: null, code: null },
  failed: { due: null, code: { not: null } },
};

/** Whoever changes the hosts either sees what failed or is seen here: both lock the tenant. */
const allowsOthers = async (
  transaction: Prisma.TransactionClient,
  { tenant, hosts }: ClaimedFetch,
): Promise<boolean> => {
  await lockTenant(transaction, tenant);
  const row = await transaction.tenant.findUnique({ where: { id: tenant }, select: { pictureHosts: true } });
  return row !== null && !isDeepStrictEqual(row.pictureHosts, hosts);
};

/** Nothing where the claim has ended: somebody else has it, the item names another picture, or a photo was sent meanwhile. */
const settle = async (
  prisma: Pick<Prisma.TransactionClient, 'pictureFetch'>,
  { tenant, item, url, attempts }: ClaimedFetch,
  data: Prisma.PictureFetchUpdateManyMutationInput,
  due: Date | { readonly not: null } = { not: null },
): Promise<boolean> => {
  const { count } = await prisma.pictureFetch.updateMany({
    where: { tenantId: tenant, itemId: item, url, attempts, due },
    data,
  });
  return count > 0;
};

const shownFetch = ({ itemId, url, attempts, due, code, reason }: PictureFetch): ShownFetch => ({
  item: itemId as ItemId,
  url,
  status: due !== null ? 'waiting' : code === null ? 'done' : 'failed',
  attempts,
  failure: code === null ? undefined : { code, reason: reason ?? '' },
  due: due ?? undefined,
});
