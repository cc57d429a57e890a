import { onDatabase } from './errors.js';
import type { Prisma, PrismaClient } from './generated/client.js';

/** How long a transaction may wait for a connection, and how long it may take. */
const LIMITS = { maxWait: 2_000, timeout: 15_000 } as const;

/** @throws DatabaseUnavailable; then nothing of the work was kept. */
export const inTransaction = <Result>(
  prisma: PrismaClient,
  work: (transaction: Prisma.TransactionClient) => Promise<Result>,
): Promise<Result> => onDatabase(() => prisma.$transaction(work, LIMITS));
