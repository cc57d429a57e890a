import { PrismaPg } from '@prisma/adapter-pg';
import { freshDatabase } from '@offerstream/testing';
import { Pool, type PoolConfig } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { onDatabase } from './errors.js';
import { PrismaClient } from './generated/client.js';

const LIMIT_MS = 50;
const NAP = 'SELECT 1 FROM pg_sleep(5)';
const TOO_SLOW = { name: 'DatabaseTooSlow', code: 'database-too-slow', canRetry: true };

let connectionString: string;
const pools: Pool[] = [];
beforeAll(async () => {
  connectionString = await freshDatabase();
});
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())));

const open = (settings: PoolConfig = {}): Pool => {
  const pool = new Pool({ connectionString, ...settings });
  pools.push(pool);
  return pool;
};
const prismaOn = (pool: Pool): PrismaClient => new PrismaClient({ adapter: new PrismaPg(pool) });

describe('a query that took too long', () => {
  it.each([
    ['Postgres', { statement_timeout: LIMIT_MS }],
    ['pg', { query_timeout: LIMIT_MS }],
  ])('is told from a database that is away when %s ends it', async (_, settings) => {
    const pool = open(settings);
    await expect(onDatabase(() => pool.query(NAP))).rejects.toMatchObject(TOO_SLOW);
    await expect(onDatabase(() => prismaOn(pool).$queryRawUnsafe(NAP))).rejects.toMatchObject(TOO_SLOW);
  });

  it('is told, too, when it was a transaction', async () => {
    const transaction = prismaOn(open()).$transaction(
      async (queries) => {
        await sleep(4 * LIMIT_MS);
        await queries.$queryRaw`SELECT 1`;
      },
      { timeout: LIMIT_MS },
    );
    await expect(onDatabase(() => transaction)).rejects.toMatchObject(TOO_SLOW);
  });
});

it('no connection in time is as a database that is away', async () => {
  const pool = open({ max: 1 });
  const holder = await pool.connect();
  const transaction = prismaOn(pool).$transaction(() => Promise.resolve(), { maxWait: LIMIT_MS });
  await expect(onDatabase(() => transaction)).rejects.toMatchObject({ code: 'database-unavailable' });
  holder.release();
});
