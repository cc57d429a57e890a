import { isDeepStrictEqual } from 'node:util';
import type { Placement, TenantId } from '@offerstream/contracts';
import type { Change } from './change.js';
import { onDatabase } from './errors.js';
import type { PrismaClient } from './generated/client.js';
import { lockTenant } from './lock-tenant.js';
import { noteOrigins } from './offer-origins.js';
import { retryHosts } from './picture-fetches.js';
import {
  publishTenant,
  storedTenant,
  WITH_PLACEMENTS,
  type StoredTenant,
  type TenantSettings,
} from './tenant-record.js';

/** `conflict`: another version is the current one, none at all when it is undefined. */
export type TenantPut =
  | { readonly outcome: 'stored'; readonly tenant: StoredTenant }
  | { readonly outcome: 'conflict'; readonly current: number | undefined };

/** Tenants with their placements; each change makes one record of the topic `tenants`. */
export class Tenants {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Creates or changes a tenant; what is the same already makes no record.
   *
   * @param ifVersion the version that must be the current one; undefined: any, or none
   * @throws DatabaseUnavailable
   */
  async put(change: Change, settings: TenantSettings, ifVersion?: number): Promise<TenantPut> {
    const { transaction } = change;
    const { id, consent, placements } = settings;
    if (ifVersion === undefined) await insertTenant(change, settings);
    if (!(await lockTenant(transaction, id))) return { outcome: 'conflict', current: undefined };
    const before = await transaction.tenant.findUniqueOrThrow({ where: { id }, include: WITH_PLACEMENTS });
    const stored = storedTenant(before);
    if (ifVersion !== undefined && stored.version !== ifVersion)
      return { outcome: 'conflict', current: stored.version };
    const isNew = stored.version === 0;
    const pictureHosts = settings.pictureHosts ?? stored.pictureHosts;
    const sameHosts = isDeepStrictEqual(stored.pictureHosts, pictureHosts);
    if (!isNew && stored.consent === consent && sameHosts && samePlacements(stored.placements, placements)) {
      return { outcome: 'stored', tenant: stored };
    }
    await transaction.tenant.update({ where: { id }, data: { consent, pictureHosts: [...pictureHosts] } });
    if (!sameHosts) await retryHosts(change, id);
    await transaction.placement.deleteMany({ where: { tenantId: id } });
    await transaction.placement.createMany({
      data: placements.map(({ id: placement, model, slots, validitySeconds, copyTemplates = [] }, position) => ({
        tenantId: id,
        id: placement,
        position,
        model,
        slots,
        validitySeconds,
        copyTemplates,
      })),
    });
    await noteOrigins(transaction, id);
    await change.audit({ tenant: id, target: `tenant ${id}`, summary: { consent, placements, pictureHosts } });
    return { outcome: 'stored', tenant: await publishTenant(change, id) };
  }

  /** Creates a tenant that nobody has yet; undefined when its id is taken. @throws DatabaseUnavailable */
  async create(change: Change, settings: TenantSettings): Promise<StoredTenant | undefined> {
    if (!(await insertTenant(change, settings))) return undefined;
    const put = await this.put(change, settings, 0);
    return put.outcome === 'stored' ? put.tenant : undefined;
  }

  /** @param change shows the tenant as it is within it @throws DatabaseUnavailable */
  get(id: TenantId, change?: Change): Promise<StoredTenant | undefined> {
    return onDatabase(async () => {
      const reader = change?.transaction ?? this.prisma;
      const row = await reader.tenant.findUnique({ where: { id }, include: WITH_PLACEMENTS });
      return row === null ? undefined : storedTenant(row);
    });
  }

  /** Tenants by id, after the given one. @throws DatabaseUnavailable */
  list(page: {
    readonly after: TenantId | undefined;
    readonly limit: number;
  }): Promise<{ readonly tenants: readonly StoredTenant[]; readonly next: TenantId | undefined }> {
    return onDatabase(async () => {
      const rows = await this.prisma.tenant.findMany({
        where: page.after === undefined ? {} : { id: { gt: page.after } },
        include: WITH_PLACEMENTS,
        orderBy: { id: 'asc' },
        take: page.limit + 1,
      });
      const tenants = rows.slice(0, page.limit).map(storedTenant);
      return { tenants, next: rows.length > page.limit ? tenants.at(-1)?.id : undefined };
    });
  }
}

/** Inserts a tenant of version 0, which its first change makes 1; false when it is there already. */
const insertTenant = async ({ transaction }: Change, { id, consent }: TenantSettings): Promise<boolean> => {
  const inserted = await transaction.$executeRaw`
    INSERT INTO tenants (id, consent, version) VALUES (${id}, ${consent}::consent, 0) ON CONFLICT DO NOTHING`;
  return inserted > 0;
};

const samePlacements = (left: readonly Placement[], right: readonly Placement[]): boolean =>
  left.length === right.length &&
  left.every((placement, index) => {
    const other = right[index];
    return (
      other !== undefined &&
      placement.id === other.id &&
      placement.model === other.model &&
      placement.slots === other.slots &&
      placement.validitySeconds === other.validitySeconds &&
      isDeepStrictEqual(placement.copyTemplates, other.copyTemplates)
    );
  });
