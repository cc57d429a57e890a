import type { TenantId } from '@offerstream/contracts';
import { Prisma, type PrismaClient } from './generated/client.js';
import { inTransaction } from './transaction.js';

/** Who changes something, by which request. */
export interface ChangeCause {
  readonly principal: { readonly kind: string; readonly id: string };
  /** The id of the API's operation. */
  readonly operation: string;
  readonly requestId: string;
  /** With it the change is made once, however often it is asked for within {@link IDEMPOTENCY_SECONDS}. */
  readonly idempotency?: { readonly keyHash: string; readonly fingerprint: string } | undefined;
  readonly at: Date;
}

export interface AuditEntry {
  /** Undefined for what belongs to no tenant. */
  readonly tenant: TenantId | undefined;
  /** What was changed, for example `key 8c365d0d5950e8e1`. */
  readonly target: string;
  /** What it is now, or what was done, without secrets. */
  readonly summary: Readonly<Record<string, unknown>>;
}

/** One transaction of the back office: everything that it writes holds, with its audit records, or nothing does. */
export class Change {
  constructor(
    readonly transaction: Prisma.TransactionClient,
    readonly cause: ChangeCause,
  ) {}

  get at(): Date {
    return this.cause.at;
  }

  /** Says in the audit log what was changed. Every method that changes something calls it. */
  async audit({ tenant, target, summary }: AuditEntry): Promise<void> {
    const { principal, operation, requestId, at } = this.cause;
    await this.transaction.auditRecord.create({
      data: {
        tenant: tenant ?? null,
        at,
        principalKind: principal.kind,
        principalId: principal.id,
        operation,
        target,
        requestId,
        summary: summary as Prisma.InputJsonObject,
      },
    });
  }
}

/** `replayed`: the change was made by an earlier request with the same key, and this is what that one was answered. */
export interface MadeChange<Answer> {
  readonly answer: Answer;
  readonly replayed: boolean;
}

/** The key of a request was used before, with another request. */
export class IdempotencyKeyReused extends Error {
  readonly code = 'idempotency-key-reused';
  readonly canRetry = false;

  constructor() {
    super('The idempotency key was sent before with another request. Take a new key for a new request.');
    this.name = 'IdempotencyKeyReused';
  }
}

export const IDEMPOTENCY_SECONDS = 86_400;
/** So that what has expired goes, and nobody waits for it. */
const SWEPT_AT_ONCE = 100;

/**
 * Makes a change, once for its idempotency key.
 *
 * @param work returns the answer, plain JSON without secrets; what it throws undoes everything, the use of the key too.
 * @throws DatabaseUnavailable, IdempotencyKeyReused
 */
export const makeChange = <Answer>(
  prisma: PrismaClient,
  cause: ChangeCause,
  work: (change: Change) => Promise<Answer>,
): Promise<MadeChange<Answer>> =>
  inTransaction(prisma, async (transaction) => {
    const key = cause.idempotency === undefined ? undefined : await takeKey(transaction, cause, cause.idempotency);
    if (key?.replayed === true) return { answer: key.answer as Answer, replayed: true };
    const answer = await work(new Change(transaction, cause));
    if (key !== undefined) {
      const stored = answer === undefined ? Prisma.DbNull : (answer as Prisma.InputJsonValue);
      await transaction.idempotentRequest.update({ where: key.where, data: { answer: stored } });
    }
    return { answer, replayed: false };
  });

type TakenKey =
  | { readonly replayed: true; readonly answer: unknown }
  | { readonly replayed: false; readonly where: Prisma.IdempotentRequestWhereUniqueInput };

/** The first request with a key inserts its row; another waits until that one's transaction ends. */
const takeKey = async (
  transaction: Prisma.TransactionClient,
  { principal, operation, at }: ChangeCause,
  { keyHash, fingerprint }: NonNullable<ChangeCause['idempotency']>,
): Promise<TakenKey> => {
  const who = `${principal.kind}:${principal.id}`;
  const forgotten = new Date(at.getTime() - IDEMPOTENCY_SECONDS * 1_000);
  await transaction.$executeRaw`
    DELETE FROM idempotency WHERE (principal, operation, key_hash) IN (
      SELECT principal, operation, key_hash FROM idempotency WHERE created <= ${forgotten}
      LIMIT ${SWEPT_AT_ONCE} FOR UPDATE SKIP LOCKED)`;
  const inserted = await transaction.$executeRaw`
    INSERT INTO idempotency AS taken (principal, operation, key_hash, fingerprint, created)
    VALUES (${who}, ${operation}, ${keyHash}, ${fingerprint}, ${at})
    ON CONFLICT (principal, operation, key_hash) DO UPDATE
      SET fingerprint = EXCLUDED.fingerprint, answer = NULL, created = EXCLUDED.created
      WHERE taken.created <= ${forgotten}`;
  const where = { principal_operation_keyHash: { principal: who, operation, keyHash } };
  if (inserted > 0) return { replayed: false, where };
  const earlier = await transaction.idempotentRequest.findUniqueOrThrow({ where });
  if (earlier.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
  return { replayed: true, answer: earlier.answer ?? undefined };
};
