import type { Change } from './change.js';
import { onDatabase } from './errors.js';
import type { PrismaClient } from './generated/client.js';
import { storedUser, type StoredUser } from './users.js';

export interface NewSession {
  /** SHA-256 (hex) of the token. */
  readonly tokenHash: string;
  readonly expires: Date;
}

/** Expired ones go with the next that begins. */
const SWEPT_AT_ONCE = 100;

/** Who is signed in. A session ends by itself, by its user, or with him. */
export class Sessions {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Begins a session of a user who has proved who he is.
   *
   * @returns false when he has another password than the one that he has proved, or is gone
   * @throws DatabaseUnavailable
   */
  async begin(change: Change, user: StoredUser, { tokenHash, expires }: NewSession): Promise<boolean> {
    const { transaction, at } = change;
    // Locked, so that a change of the password ends this session too, or is seen here.
    const proved = await transaction.$queryRaw<unknown[]>`
      SELECT FROM users WHERE id = ${user.id} AND password = ${user.password} FOR SHARE`;
    if (proved.length === 0) return false;
    await transaction.$executeRaw`
      DELETE FROM sessions WHERE token_hash IN (
        SELECT token_hash FROM sessions WHERE expires <= ${at} LIMIT ${SWEPT_AT_ONCE} FOR UPDATE SKIP LOCKED)`;
    await transaction.session.create({ data: { tokenHash, userId: user.id, expires } });
    await change.audit({
      tenant: user.tenant,
      target: `session of user ${user.id}`,
      summary: { expiresAt: expires.toISOString() },
    });
    return true;
  }

  /** Ends a session; nothing happens when it is over. @throws DatabaseUnavailable */
  async end(change: Change, user: Pick<StoredUser, 'tenant' | 'id'>, tokenHash: string): Promise<void> {
    const { count } = await change.transaction.session.deleteMany({ where: { tokenHash, userId: user.id } });
    if (count === 0) return;
    await change.audit({ tenant: user.tenant, target: `session of user ${user.id}`, summary: { ended: true } });
  }

  /** The user of a session that is not over. @throws DatabaseUnavailable */
  find(tokenHash: string, at: Date): Promise<StoredUser | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.session.findFirst({
        where: { tokenHash, expires: { gt: at } },
        include: { user: true },
      });
      return row === null ? undefined : storedUser(row.user);
    });
  }
}
