import { join } from 'node:path';
import { tenantSchema, type TenantId } from '@offerstream/contracts';
import { SCOPES_OF_KEY_KIND } from '@offerstream/tenancy';
import { freshDatabase } from '@offerstream/testing';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { Database } from './database.js';
import { takeOutbox } from './fresh-database.fixture.js';

const HASHES = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
const OF_VERSION_0_1 = `
  INSERT INTO tenants (id, consent, version) VALUES ('shop', 'required', 7), ('bare', 'assumed', 1);
  INSERT INTO placements (tenant, id, position, model, slots, validity_seconds) VALUES
    ('shop', 'home', 1, 'm', 10, 60), ('shop', 'cart', 0, 'n', 4, 30);
  INSERT INTO write_keys (hash, tenant, name, created, revoked) VALUES
    ('${HASHES[0]}', 'shop', 'web', '2026-01-02', NULL), ('${HASHES[1]}', 'shop', 'web', '2026-01-01', NULL),
    ('${HASHES[2]}', 'shop', 'old', '2026-01-01', '2026-02-01')`;

it('write keys of version 0.1 go on as keys, and the data plane is told so', async () => {
  const url = await freshDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const dir = join(import.meta.dirname, '../migrations');
  await runner({
    dbClient: client,
    dir,
    direction: 'up',
    count: 1,
    migrationsTable: 'migrations',
    log: () => undefined,
  });
  await client.query(OF_VERSION_0_1);
  await client.end();
  const database = new Database({ url, onConnectionLost: () => undefined });
  try {
    await database.migrate();
    const shop = 'shop' as TenantId;
    const { keys } = await database.keys.list(shop, { after: undefined, limit: 10, at: new Date() });
    expect(keys).toMatchObject([
      { hash: HASHES[1], purpose: 'web', kind: 'wk', mode: 'live', scopes: SCOPES_OF_KEY_KIND.wk, expires: undefined },
      { hash: HASHES[0], purpose: 'web' },
    ]);
    const newest = new Map((await takeOutbox(database)).map(({ key, value }) => [key, value ?? '']));
    expect(tenantSchema.strict().parse(JSON.parse(newest.get('shop') ?? ''))).toMatchObject({
      id: 'shop',
      consent: 'required',
      placements: [
        { id: 'cart', model: 'n', slots: 4, validitySeconds: 30 },
        { id: 'home', model: 'm', slots: 10, validitySeconds: 60 },
      ],
      keys: [
        { id: 'b'.repeat(16), hash: HASHES[1], kind: 'wk', scopes: ['events:write'], expiresAt: null },
        { id: 'a'.repeat(16), hash: HASHES[0] },
      ],
    });
    expect(tenantSchema.parse(JSON.parse(newest.get('bare') ?? ''))).toMatchObject({ placements: [], keys: [] });
  } finally {
    await database.close();
  }
});
