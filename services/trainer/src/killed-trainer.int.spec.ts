import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentItems } from '@offerstream/learning';
import { photoOf, RED, storeColours } from './colour-models.fixture.js';
import { ITEMS_OF_SHOP, storeShop } from './content/colour-shop.fixture.js';
import { startControl, type RunningControl } from './content/control.fixture.js';
import { SHOP, startSurroundings, until, type Surroundings } from './running-trainer.fixture.js';

const NAME = 'shop.content';
const VERSION = /^\d+$/;
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let around: Surroundings;
let control: RunningControl;
let child: ChildProcess | undefined;
beforeEach(async () => {
  around = await startSurroundings();
  control = await startControl(around);
});
afterEach(async () => {
  await kill();
  await control.stop();
  await around.stop();
});

const start = (): void => {
  const env = { PATH: process.env['PATH'], ...around.trainerEnv, ...control.env };
  child = spawn(process.execPath, ['--enable-source-maps', MAIN], { env, stdio: 'ignore' });
};
const kill = async (): Promise<void> => {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
};
const entries = (): Promise<readonly string[]> => readdir(join(around.repository, NAME));
const placedIn = async (version: string): Promise<number> =>
  (await contentItems({ repository: around.repository, name: NAME, version })).placed.size;

it('a trainer that is killed at any point leaves nothing half, and the next one goes on', async () => {
  await storeColours(around.repository, 'shop.vision');
  for (const item of ITEMS_OF_SHOP) await around.put('catalog', `${SHOP}:${item.id}`, JSON.stringify(item));
  await storeShop(around.repository);
  await control.promote('1');

  const isNew = async (before: readonly string[], what: RegExp): Promise<boolean> =>
    (await entries()).some((entry) => what.test(entry) && !before.includes(entry));
  // Each is killed while it writes a version, while one waits to be promoted, when one has been promoted.
  const moments: readonly ((before: readonly string[]) => Promise<boolean> | boolean)[] = [
    (before) => isNew(before, /^(\.unfinished-|\d+$)/),
    (before) => isNew(before, VERSION),
    () => control.serving !== '1',
  ];
  for (const [at, isThere] of moments.entries()) {
    control.answerWith(at === 1 ? 503 : 200);
    const before = await entries();
    await around.put('catalog', `${SHOP}:new-${at}`, JSON.stringify({ id: `new-${at}`, title: 'A thing' }));
    await around.putPicture(`new-${at}`, photoOf(RED));
    start();
    await until(() => isThere(before));
    await kill();
    for (const version of (await entries()).filter((entry) => VERSION.test(entry))) {
      await contentItems({ repository: around.repository, name: NAME, version });
      JSON.parse(await readFile(join(around.repository, NAME, version, 'metrics.json'), 'utf8'));
    }
  }

  start();
  await until(async () => (await placedIn(control.serving)) === moments.length);
  const vectors = await around.vectors();
  for (const at of moments.keys()) expect(vectors.get(`shop:new-${at}`)?.image?.version).toBe('1');
});
