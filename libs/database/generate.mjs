// Writes Prisma's client to src/generated when the schema, its configuration or Prisma itself has changed. Plain JavaScript,
// because it runs before anything is built.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const folder = import.meta.dirname;
const require = createRequire(import.meta.url);
const prismaPackage = require.resolve('prisma/package.json');
const stamp = join(folder, 'src/generated/made-from.sha256');

const madeFrom = createHash('sha256');
for (const input of ['prisma/schema.prisma', 'prisma.config.mjs', 'generate.mjs']) {
  madeFrom.update(readFileSync(join(folder, input)));
}
madeFrom.update(readFileSync(prismaPackage));
const hash = madeFrom.digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  const prisma = join(prismaPackage, '..', 'build/index.js');
  const { status } = spawnSync(process.execPath, [prisma, 'generate', '--config', 'prisma.config.mjs'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    // Generating needs no schema engine, but Prisma would download one unless it is told where one lies.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  });
  if (status !== 0) {
    console.error(`Prisma's client could not be generated in ${folder}; its messages stand above.`);
    process.exit(1);
  }
  writeFileSync(stamp, hash);
}
