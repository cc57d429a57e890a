import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentItems } from '@offerstream/learning';
import { photoOf, RED, storeColours } from './colour-models.fixture.js';
import { ITEMS_OF_SHOP, storeShop } from './content/colour-shop.fixture.js';
import { startControl, type RunningControl } from './content/control.fixture.js';
import { SHOP, startSurroundings, until, type Surroundings } from './running-trainer.fixture.js';

const NAME = 'shop.content';
const VERSION = /^\d+$/;
const UNFINISHED = /^\.unfinished-/;
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Has node load a module that kills the process before, or after, a content model that it has written gets its number. */
const killedAtRename = (moment: 'before' | 'after'): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import files from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    const { rename } = files;
    files.rename = async (from, to) => {
      if (!/[/]${NAME}[/][0-9]+$/.test(to)) return rename(from, to);
      if ('${moment}' === 'after') await rename(from, to);
      process.kill(process.pid, 'SIGKILL');
    };
    syncBuiltinESMExports();
  `)}`,
];

let around: Surroundings;
let control: RunningControl;
let child: ChildProcess | undefined;
beforeEach(async () => {
  around = await startSurroundings();
  control = await startControl(around);
});
afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await control.stop();
  await around.stop();
});

const start = (faults = '', options: readonly string[] = []): ChildProcess => {
  const env = { PATH: process.env['PATH'], FAULTS: faults, ...around.trainerEnv, ...control.env };
  return (child = spawn(process.execPath, ['--enable-source-maps', ...options, MAIN], { env, stdio: 'ignore' }));
};
const entries = async (what: RegExp): Promise<readonly string[]> =>
  (await readdir(join(around.repository, NAME))).filter((entry) => what.test(entry)).sort();
const placedIn = async (version: string): Promise<number> =>
  (await contentItems({ repository: around.repository, name: NAME, version })).placed.size;

/** Has a new item come, and a trainer be killed at a point of what it does with it. */
const killedAt = async (item: string, ...point: Parameters<typeof start>): Promise<void> => {
  await around.put('catalog', `${SHOP}:${item}`, JSON.stringify({ id: item, title: 'A thing' }));
  await around.putPicture(item, photoOf(RED));
  expect(await once(start(...point), 'exit')).toEqual([null, 'SIGKILL']);
  for (const version of await entries(VERSION)) {
    await placedIn(version);
    JSON.parse(await readFile(join(around.repository, NAME, version, 'metrics.json'), 'utf8'));
  }
};

it('a trainer that is killed at any point leaves nothing half, and the next one goes on', async () => {
  await storeColours(around.repository, 'shop.vision');
  for (const item of ITEMS_OF_SHOP) await around.put('catalog', `${SHOP}:${item.id}`, JSON.stringify(item));
  await storeShop(around.repository);
  await control.promote('1');

  await killedAt('new-0', 'vectors-before-publish=kill');
  expect((await around.vectors()).size).toBe(0);

  await killedAt('new-1', '', killedAtRename('before'));
  const [unfinished = '', ...others] = await entries(UNFINISHED);
  expect([others, await entries(VERSION), control.serving]).toEqual([[], ['1'], '1']);
  const hoursAgo = new Date(Date.now() - 7_200_000);
  const folder = join(around.repository, NAME, unfinished);
  for (const path of [...(await readdir(folder)), '.']) await utimes(join(folder, path), hoursAgo, hoursAgo);

  await killedAt('new-2', '', killedAtRename('after'));
  expect([await entries(UNFINISHED), await entries(VERSION), control.serving]).toEqual([[], ['1', '3'], '1']);

  await killedAt('new-3', 'version-before-promotion=kill');
  expect([await entries(VERSION), control.serving]).toEqual([['1', '3', '4'], '1']);

  await killedAt('new-4', 'version-after-promotion=kill');
  expect([await entries(VERSION), control.serving]).toEqual([['1', '3', '4', '5'], '5']);

  await around.put('catalog', `${SHOP}:new-5`, JSON.stringify({ id: 'new-5', title: 'A thing' }));
  start();
  await until(async () => (await placedIn(control.serving)) === 6);
  const vectors = await around.vectors();
  for (const at of [0, 1, 2, 3, 4]) expect(vectors.get(`shop:new-${at}`)?.image?.version).toBe('1');
});
