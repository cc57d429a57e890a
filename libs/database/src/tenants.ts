import type { Placement, Tenant, TenantId } from '@offerstream/contracts';
import { onDatabase } from './errors.js';
import type { Prisma, PrismaClient } from './generated/client.js';
import { lockTenant } from './lock-tenant.js';
import { noteOrigins } from './offer-origins.js';
import { appendToOutbox } from './outbox.js';
import { inTransaction } from './transaction.js';

export interface TenantChange {
  readonly id: TenantId;
  readonly consent: Tenant['consent'];
  readonly placements: readonly Placement[];
}

export interface StoredTenant extends TenantChange {
  /** Rises with every change of the tenant, its write keys or its placements. */
  readonly version: number;
}

export interface StoredWriteKey {
  /** SHA-256, hex. */
  readonly hash: string;
  readonly name: string;
  readonly created: Date;
}

/** `known`: the tenant has that key already; `taken`: another tenant has it, or had it. */
export type WriteKeyAddition = 'added' | 'known' | 'taken' | 'too-many' | 'unknown-tenant';

/** Keeps a tenant's record far below the topic's largest message. */
export const MAX_WRITE_KEYS = 100;

/** Tenants with their placements and write keys: all that makes one record of the topic `tenants`. */
export class Tenants {
  constructor(private readonly prisma: PrismaClient) {}

  /** Creates or changes a tenant; what is the same already makes no record. @throws DatabaseUnavailable */
  put(change: TenantChange): Promise<StoredTenant> {
    return inTransaction(this.prisma, async (transaction) => {
      await transaction.$executeRaw`
        INSERT INTO tenants (id, consent, version) VALUES (${change.id}, ${change.consent}::consent, 0)
        ON CONFLICT DO NOTHING`;
      await lockTenant(transaction, change.id);
      const before = await transaction.tenant.findUniqueOrThrow({ where: { id: change.id }, include: WITH_PLACEMENTS });
      const stored = storedTenant(before);
      const isNew = stored.version === 0;
      if (!isNew && stored.consent === change.consent && samePlacements(stored.placements, change.placements)) {
        return stored;
      }
      await transaction.tenant.update({ where: { id: change.id }, data: { consent: change.consent } });
      await transaction.placement.deleteMany({ where: { tenantId: change.id } });
      await transaction.placement.createMany({
        data: change.placements.map(({ id, model, slots, validitySeconds }, position) => ({
          tenantId: change.id,
          id,
          position,
          model,
          slots,
          validitySeconds,
        })),
      });
      await noteOrigins(transaction, change.id);
      return recordChange(transaction, change.id);
    });
  }

  /** @throws DatabaseUnavailable */
  get(id: TenantId): Promise<StoredTenant | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.tenant.findUnique({ where: { id }, include: WITH_PLACEMENTS });
      return row === null ? undefined : storedTenant(row);
    });
  }

  /** All tenants, by id. @throws DatabaseUnavailable */
  list(): Promise<readonly StoredTenant[]> {
    return onDatabase(async () => {
      const rows = await this.prisma.tenant.findMany({ include: WITH_PLACEMENTS, orderBy: { id: 'asc' } });
      return rows.map(storedTenant);
    });
  }

  /** Adds a live write key, or makes a revoked one of the same tenant live again. @throws DatabaseUnavailable */
  addWriteKey(tenant: TenantId, key: StoredWriteKey): Promise<WriteKeyAddition> {
    return inTransaction(this.prisma, async (transaction) => {
      if (!(await lockTenant(transaction, tenant))) return 'unknown-tenant';
      const existing = await transaction.writeKey.findUnique({ where: { hash: key.hash } });
      if (existing !== null && existing.tenantId !== tenant) return 'taken';
      if (existing?.revoked === null) return 'known';
      const live = await transaction.writeKey.count({ where: { tenantId: tenant, revoked: null } });
      if (live >= MAX_WRITE_KEYS) return 'too-many';
      // Another tenant may add the same key at this moment; its row is then seen as a conflict, never overwritten.
      const added = await transaction.$executeRaw`
        INSERT INTO write_keys (hash, tenant, name, created) VALUES (${key.hash}, ${tenant}, ${key.name}, ${key.created})
        ON CONFLICT (hash) DO UPDATE SET name = EXCLUDED.name, created = EXCLUDED.created, revoked = NULL
        WHERE write_keys.tenant = EXCLUDED.tenant`;
      if (added === 0) return 'taken';
      await recordChange(transaction, tenant);
      return 'added';
    });
  }

  /** Live write keys, oldest first; undefined when there is no such tenant. @throws DatabaseUnavailable */
  listWriteKeys(tenant: TenantId): Promise<readonly StoredWriteKey[] | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.tenant.findUnique({ where: { id: tenant }, include: { writeKeys: LIVE_KEYS } });
      return row?.writeKeys.map(({ hash, name, created }) => ({ hash, name, created }));
    });
  }

  /**
   * Revokes the live write key whose hash starts with `hashPrefix`; false when there is none, or more than one.
   *
   * @throws DatabaseUnavailable
   */
  revokeWriteKey(tenant: TenantId, hashPrefix: string, revoked: Date): Promise<boolean> {
    return inTransaction(this.prisma, async (transaction) => {
      if (!(await lockTenant(transaction, tenant))) return false;
      const [key, ...others] = await transaction.writeKey.findMany({
        where: { tenantId: tenant, revoked: null, hash: { startsWith: hashPrefix } },
      });
      if (key === undefined || others.length > 0) return false;
      await transaction.writeKey.update({ where: { hash: key.hash }, data: { revoked } });
      await recordChange(transaction, tenant);
      return true;
    });
  }
}

const WITH_PLACEMENTS = { placements: { orderBy: { position: 'asc' } } } as const satisfies Prisma.TenantInclude;
const LIVE_KEYS = {
  where: { revoked: null },
  orderBy: [{ created: 'asc' }, { hash: 'asc' }],
} as const satisfies Prisma.Tenant$writeKeysArgs;

const recordChange = async (transaction: Prisma.TransactionClient, id: TenantId): Promise<StoredTenant> => {
  const row = await transaction.tenant.update({
    where: { id },
    data: { version: { increment: 1 } },
    include: { ...WITH_PLACEMENTS, writeKeys: LIVE_KEYS },
  });
  const stored = storedTenant(row);
  const record: Tenant = {
    id,
    writeKeyHashes: row.writeKeys.map(({ hash }) => hash),
    placements: [...stored.placements],
    consent: stored.consent,
  };
  await appendToOutbox(transaction, 'tenants', id, record);
  return stored;
};

type TenantRow = Prisma.TenantGetPayload<{ include: { placements: true } }>;

const storedTenant = (row: TenantRow): StoredTenant => ({
  id: row.id as TenantId,
  consent: row.consent,
  version: row.version,
  placements: row.placements.map(({ id, model, slots, validitySeconds }) => ({
    id: id as Placement['id'],
    model,
    slots,
    validitySeconds,
  })),
});

const samePlacements = (left: readonly Placement[], right: readonly Placement[]): boolean =>
  left.length === right.length &&
  left.every((placement, index) => {
    const other = right[index];
    return (
      other !== undefined &&
      placement.id === other.id &&
      placement.model === other.model &&
      placement.slots === other.slots &&
      placement.validitySeconds === other.validitySeconds
    );
  });
