import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import { freshDatabase } from '@offerstream/testing';
import pg from 'pg';
import { migrate } from './migrate.js';

const SCHEMA = join(import.meta.dirname, '../prisma/schema.prisma');

// Checks, triggers and functions have no words in a Prisma schema; everything that has is compared.
const CATALOG = `
  SELECT 'column' AS kind, c.relname || '.' || a.attname AS name,
    format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
      || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS definition
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'migrations'
  UNION ALL
  SELECT 'constraint', conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f') AND conrelid::regclass::text <> 'migrations'
  UNION ALL
  SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
  UNION ALL
  SELECT 'enum', t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
  FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid GROUP BY t.typname
  ORDER BY 1, 2`;

/** What is used here of a global that the types of Node alone do not declare. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    instantiate(
      bytes: Buffer,
      imports: object,
    ): Promise<{ readonly instance: { readonly exports: { __wbindgen_start(): void } } }>;
  };
};

const query = async (url: string, text: string): Promise<readonly unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};

/** The DDL that Prisma would write for the schema. */
const prismaDdl = async (schema: string, url: string): Promise<string> => {
  const wasmFile = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm')
    .replace(/\.js$/, '_bg.wasm');
  const { instance } = await webAssembly.instantiate(await readFile(wasmFile), { './schema_engine_bg.js': engine });
  engine.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  const pool = new pg.Pool({ connectionString: url });
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
  const schemaEngine = await engine.SchemaEngine.new({ datamodels: [[SCHEMA, schema]] }, () => undefined, adapter);
  const { stdout } = await schemaEngine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [{ path: SCHEMA, content: schema }] },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  await pool.end();
  return stdout ?? '';
};

let described: readonly unknown[];
beforeAll(async () => {
  const url = await freshDatabase();
  await query(url, await prismaDdl(await readFile(SCHEMA, 'utf8'), url));
  described = await query(url, CATALOG);
});

it('the migrations make exactly the tables that the Prisma schema describes', async () => {
  const url = await freshDatabase();
  await migrate(url);
  expect(described).toContainEqual({ kind: 'column', name: 'items.title', definition: 'text' });
  expect(await query(url, CATALOG)).toEqual(described);
});

it.each([
  'ALTER TABLE items ALTER title SET NOT NULL',
  'ALTER TABLE items ADD shelf text',
  'ALTER TABLE placements DROP CONSTRAINT placements_tenant_fkey',
  'DROP INDEX api_keys_tenant_idx',
  "ALTER TYPE consent ADD VALUE 'refused'",
])('a drift is seen: %s', async (drift) => {
  const url = await freshDatabase();
  await migrate(url);
  await query(url, drift);
  expect(await query(url, CATALOG)).not.toEqual(described);
});
