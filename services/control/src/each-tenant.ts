import { DatabaseTooSlow } from '@offerstream/database';

/**
 * Works for each tenant in turn. One for whom Postgres takes too long keeps nobody else from his turn.
 *
 * @returns those for whom it did, as an error
 * @throws DatabaseUnavailable at once when Postgres is away
 */
export const eachTenant = async <Tenant extends string>(
  tenants: readonly Tenant[],
  work: (tenant: Tenant) => Promise<void>,
): Promise<DatabaseTooSlow | undefined> => {
  const slow: Tenant[] = [];
  let cause: unknown;
  for (const tenant of tenants) {
    try {
      await work(tenant);
    } catch (error) {
      if (!(error instanceof DatabaseTooSlow)) throw error;
      slow.push(tenant);
      cause = error.cause;
    }
  }
  return slow.length === 0 ? undefined : new DatabaseTooSlow(cause, slow);
};
