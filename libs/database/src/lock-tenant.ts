import type { TenantId } from '@offerstream/contracts';
import type { Prisma } from './generated/client.js';

/** Locks the tenant's row against other changes; false when there is none. Adding items goes on meanwhile. */
export const lockTenant = async (transaction: Prisma.TransactionClient, id: TenantId): Promise<boolean> => {
  const rows = await transaction.$queryRaw<unknown[]>`SELECT FROM tenants WHERE id = ${id} FOR NO KEY UPDATE`;
  return rows.length > 0;
};
