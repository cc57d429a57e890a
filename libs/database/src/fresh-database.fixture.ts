import { freshDatabase } from '@offerstream/testing';
import { Database } from './database.js';
import type { OutboxRecord } from './outbox-session.js';

export interface FreshDatabase {
  readonly url: string;
  readonly database: Database;
}

export const openFreshDatabase = async (): Promise<FreshDatabase> => {
  const url = await freshDatabase();
  const database = new Database({ url, onConnectionLost: () => undefined });
  await database.migrate();
  return { url, database };
};

/** Empties the outbox as a relay would and says what was in it, in order. */
export const takeOutbox = async (database: Database): Promise<readonly OutboxRecord[]> => {
  const session = await database.openOutboxSession(() => undefined);
  try {
    if (!(await session.tryLock())) throw new Error('Another relay holds the outbox.');
    const records = await session.begin(1_000_000);
    await session.finish(records);
    return records;
  } finally {
    await session.close();
  }
};
