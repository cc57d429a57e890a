import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { onDatabase } from './errors.js';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * Brings the tables up to date, in one transaction under an advisory lock: instances that start together wait for the first.
 * Migrations of a later version that have run already are left alone, so that an older instance can still start.
 *
 * @returns the names of the migrations that ran.
 * @throws DatabaseUnavailable
 */
export const migrate = (url: string): Promise<readonly string[]> =>
  onDatabase(async () => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    // A connection that dies fails its query too; without a listener it would also end the process.
    client.on('error', () => undefined);
    await client.connect();
    try {
      const ran = await runner({
        dbClient: client,
        dir: MIGRATIONS,
        direction: 'up',
        migrationsTable: 'migrations',
        singleTransaction: true,
        advisoryLockMode: 'wait',
        // The error that is thrown says the same.
        log: () => undefined,
      });
      return ran.map(({ name }) => name);
    } finally {
      await client.end();
    }
  });
