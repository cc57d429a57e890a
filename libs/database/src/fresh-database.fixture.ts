import { freshDatabase } from '@offerstream/testing';
import type { Change, ChangeCause } from './change.js';
import { Database } from './database.js';
import { DatabaseUnavailable } from './errors.js';
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
  const session = await openSession(database);
  try {
    if (!(await session.tryLock())) throw new Error('Another relay holds the outbox.');
    const records = await session.begin(1_000_000);
    await session.finish(records);
    return records;
  } finally {
    await session.close();
  }
};

/** A server that starts on a busy machine may take longer to answer than a relay waits, which comes again. */
const openSession = async (database: Database): ReturnType<Database['openOutboxSession']> => {
  for (;;) {
    try {
      return await database.openOutboxSession(() => undefined);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    }
  }
};

/** Who changes things in tests. */
export const SOMEBODY: ChangeCause = {
  principal: { kind: 'admin', id: 'admin' },
  operation: 'test',
  requestId: 'test-request',
  at: new Date('2026-03-01T00:00:00.000Z'),
};

/** Makes a change and says what came of it. */
export const changed = async <Answer>(
  database: Database,
  work: (change: Change) => Promise<Answer>,
  cause: ChangeCause = SOMEBODY,
): Promise<Answer> => (await database.change(cause, work)).answer;
