import type { TenantId } from '@offerstream/contracts';
import type { Role } from '@offerstream/tenancy';
import type { Change } from './change.js';
import { onDatabase } from './errors.js';
import type { PrismaClient, User } from './generated/client.js';
import { lockTenant } from './lock-tenant.js';

export interface NewUser {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  readonly name: string | undefined;
  readonly role: Role;
  /** What checks the password, never the password itself. */
  readonly password: string;
}

export interface StoredUser extends NewUser {
  readonly tenant: TenantId;
  readonly created: Date;
  /** Rises with every change. */
  readonly version: number;
}

export type UserRefusal = 'unknown-tenant' | 'unknown-user' | 'email-taken' | 'too-many' | 'last-owner';

export const MAX_USERS = 1_000;

/** The people of the tenants. Changes of who they are and of their roles hold the tenant's row, so that two at once can't leave it without an owner. */
export class Users {
  constructor(private readonly prisma: PrismaClient) {}

  /** @throws DatabaseUnavailable */
  async add(change: Change, tenant: TenantId, user: NewUser): Promise<StoredUser | UserRefusal> {
    const { transaction, at } = change;
    if (!(await lockTenant(transaction, tenant))) return 'unknown-tenant';
    const { email } = user;
    if ((await transaction.user.count({ where: { tenantId: tenant, email } })) > 0) return 'email-taken';
    if ((await transaction.user.count({ where: { tenantId: tenant } })) >= MAX_USERS) return 'too-many';
    const row = await transaction.user.create({
      data: { ...user, name: user.name ?? null, tenantId: tenant, created: at, version: 1 },
    });
    await change.audit({ tenant, target: `user ${user.id}`, summary: { email, role: user.role } });
    return storedUser(row);
  }

  /**
   * @param ifVersion the version that must be the current one; undefined: any
   * @returns a number is the current version, which is another one
   * @throws DatabaseUnavailable
   */
  async setRole(
    change: Change,
    { tenant, id }: Pick<StoredUser, 'tenant' | 'id'>,
    role: Role,
    ifVersion?: number,
  ): Promise<StoredUser | UserRefusal | number> {
    const { transaction } = change;
    if (!(await lockTenant(transaction, tenant))) return 'unknown-tenant';
    const before = await transaction.user.findFirst({ where: { tenantId: tenant, id } });
    if (before === null) return 'unknown-user';
    if (ifVersion !== undefined && before.version !== ifVersion) return before.version;
    if (before.role === role) return storedUser(before);
    if (before.role === 'owner' && (await isOnlyOwner(change, tenant))) return 'last-owner';
    const row = await transaction.user.update({ where: { id }, data: { role, version: { increment: 1 } } });
    await change.audit({ tenant, target: `user ${id}`, summary: { role, before: before.role } });
    return storedUser(row);
  }

  /**
   * Gives a user who has proved who he is another password, and ends his sessions but one.
   *
   * @param checker what checks the password, never the password itself
   * @param keptSession SHA-256 (hex) of the token of the session that goes on
   * @returns false when he has another password than the one that he has proved, or is gone
   * @throws DatabaseUnavailable
   */
  async setPassword(change: Change, user: StoredUser, checker: string, keptSession: string): Promise<boolean> {
    const { transaction } = change;
    const { tenant, id, password } = user;
    const changed = await transaction.user.updateMany({
      where: { id, password },
      data: { password: checker, version: { increment: 1 } },
    });
    if (changed.count === 0) return false;
    const { count } = await transaction.session.deleteMany({
      where: { userId: id, tokenHash: { not: keptSession } },
    });
    await change.audit({ tenant, target: `user ${id}`, summary: { passwordChanged: true, endedSessions: count } });
    return true;
  }

  /** Removes a user and ends his sessions. @throws DatabaseUnavailable */
  async remove(change: Change, { tenant, id }: Pick<StoredUser, 'tenant' | 'id'>): Promise<'removed' | UserRefusal> {
    const { transaction } = change;
    if (!(await lockTenant(transaction, tenant))) return 'unknown-tenant';
    const user = await transaction.user.findFirst({ where: { tenantId: tenant, id } });
    if (user === null) return 'unknown-user';
    if (user.role === 'owner' && (await isOnlyOwner(change, tenant))) return 'last-owner';
    await transaction.user.delete({ where: { id } });
    await change.audit({
      tenant,
      target: `user ${id}`,
      summary: { email: user.email, role: user.role, removed: true },
    });
    return 'removed';
  }

  /** @throws DatabaseUnavailable */
  get(tenant: TenantId, id: string): Promise<StoredUser | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.user.findFirst({ where: { tenantId: tenant, id } });
      return row === null ? undefined : storedUser(row);
    });
  }

  /** @param email in lower case @throws DatabaseUnavailable */
  findByEmail(tenant: TenantId, email: string): Promise<StoredUser | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.user.findUnique({ where: { tenantId_email: { tenantId: tenant, email } } });
      return row === null ? undefined : storedUser(row);
    });
  }

  /** Users by id, after the given one. @throws DatabaseUnavailable */
  list(
    tenant: TenantId,
    page: { readonly after: string | undefined; readonly limit: number },
  ): Promise<{ readonly users: readonly StoredUser[]; readonly next: string | undefined }> {
    return onDatabase(async () => {
      const rows = await this.prisma.user.findMany({
        where: { tenantId: tenant, ...(page.after === undefined ? {} : { id: { gt: page.after } }) },
        orderBy: { id: 'asc' },
        take: page.limit + 1,
      });
      const users = rows.slice(0, page.limit).map(storedUser);
      return { users, next: rows.length > page.limit ? users.at(-1)?.id : undefined };
    });
  }
}

const isOnlyOwner = async ({ transaction }: Change, tenant: TenantId): Promise<boolean> =>
  (await transaction.user.count({ where: { tenantId: tenant, role: 'owner' } })) <= 1;

export const storedUser = (row: User): StoredUser => ({
  id: row.id,
  tenant: row.tenantId as TenantId,
  email: row.email,
  name: row.name ?? undefined,
  role: row.role,
  password: row.password,
  created: row.created,
  version: row.version,
});
