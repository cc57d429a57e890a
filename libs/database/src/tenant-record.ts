import { allowanceOf } from '@offerstream/billing';
import { UNLIMITED, type Placement, type Tenant, type TenantId } from '@offerstream/contracts';
import { apiKeyId } from '@offerstream/tenancy';
import type { Change } from './change.js';
import type { Prisma } from './generated/client.js';
import { appendToOutbox } from './outbox.js';
import { planNow } from './tenant-plan.js';

export interface TenantSettings {
  readonly id: TenantId;
  readonly consent: Tenant['consent'];
  readonly placements: readonly Placement[];
  /** From which items' pictures are fetched; left out, they stay as they are. */
  readonly pictureHosts?: readonly string[] | undefined;
}

export interface StoredTenant extends TenantSettings {
  readonly pictureHosts: readonly string[];
  /** Rises with every change of the tenant, its keys or its placements. */
  readonly version: number;
}

export const WITH_PLACEMENTS = { placements: { orderBy: { position: 'asc' } } } as const satisfies Prisma.TenantInclude;

/** Keys that are neither revoked nor expired. */
export const liveAt = (at: Date) =>
  ({ revoked: null, OR: [{ expires: null }, { expires: { gt: at } }] }) as const satisfies Prisma.ApiKeyWhereInput;

/** Gives a changed tenant, locked before, its next version, and its record to the outbox: all that the data plane is told. */
export const publishTenant = async ({ transaction, at }: Change, id: TenantId): Promise<StoredTenant> => {
  const row = await transaction.tenant.update({
    where: { id },
    data: { version: { increment: 1 } },
    include: { ...WITH_PLACEMENTS, keys: { where: liveAt(at), orderBy: [{ created: 'asc' }, { hash: 'asc' }] } },
  });
  const stored = storedTenant(row);
  const assigned = await planNow(transaction, id);
  const record: Tenant = {
    id,
    keys: row.keys.map(({ hash, kind, scopes, expires }) => ({
      id: apiKeyId(hash),
      hash,
      kind,
      scopes,
      expiresAt: expires?.toISOString() ?? null,
    })),
    placements: [...stored.placements],
    consent: stored.consent,
    allowance: assigned === undefined ? UNLIMITED : allowanceOf(assigned.plan),
  };
  await appendToOutbox(transaction, 'tenants', id, record);
  return stored;
};

type TenantRow = Prisma.TenantGetPayload<{ include: { placements: true } }>;

export const storedTenant = (row: TenantRow): StoredTenant => ({
  id: row.id as TenantId,
  consent: row.consent,
  version: row.version,
  pictureHosts: row.pictureHosts,
  placements: row.placements.map(({ id, model, slots, validitySeconds, copyTemplates }) => ({
    id: id as Placement['id'],
    model,
    slots,
    validitySeconds,
    ...(copyTemplates.length > 0 && { copyTemplates }),
  })),
});
