import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogItem } from '@offerstream/contracts';
import { contentItems, removeVersion } from '@offerstream/learning';
import { BLUE, photoOf, RED, storeColours } from '../colour-models.fixture.js';
import { SHOP, startSurroundings, until, type RunningTrainer, type Surroundings } from '../running-trainer.fixture.js';
import { ITEMS_OF_SHOP, scoresOf, storeShop } from './colour-shop.fixture.js';
import { startControl, type RunningControl } from './control.fixture.js';

const NAME = 'shop.content';
const NEW = { title: 'A thing', categories: ['Things'], available: true };
const RED_TASTE = ['i0', 'i2', 'i4'];

let around: Surroundings;
let control: RunningControl;
let trainer: RunningTrainer | undefined;
beforeEach(async () => {
  around = await startSurroundings();
  control = await startControl(around);
  await storeColours(around.repository, 'shop.vision');
  for (const item of ITEMS_OF_SHOP) await putItem(item.id, item);
  await storeShop(around.repository);
  await control.promote('1');
});
afterEach(async () => {
  await trainer?.stop();
  trainer = undefined;
  await control.stop();
  await around.stop();
});

const start = async (): Promise<RunningTrainer> => (trainer = await around.startTrainer(control.env));
const putItem = (id: string, item: Partial<CatalogItem> = NEW): Promise<void> =>
  around.put('catalog', `${SHOP}:${id}`, JSON.stringify({ ...item, id }));
const placedIn = async (version: string): Promise<number> =>
  (await contentItems({ repository: around.repository, name: NAME, version })).placed.size;
const versions = async (): Promise<readonly string[]> =>
  (await readdir(join(around.repository, NAME))).filter((entry) => /^\d+$/.test(entry)).sort();
const scores = (items: readonly string[]) => scoresOf(around.inferenceAddress, control.serving, RED_TASTE, items);

it('new items are placed by how they look, in a version that takes the place of the one that serves', async () => {
  await start();
  await putItem('red');
  await putItem('blue');
  await around.putPicture('red', photoOf(RED));
  await around.putPicture('blue', photoOf(BLUE));
  await until(async () => {
    const [red = 0, blue = 0] = control.serving === '1' ? [] : await scores(['red', 'blue']);
    return red > blue;
  });
  expect(await placedIn(control.serving)).toBe(2);
  expect(await trainer?.metric('trainer_items_waiting')).toBe(0);
  const [known] = await scores(['i6']);
  const [before] = await scoresOf(around.inferenceAddress, '1', RED_TASTE, ['i6']);
  expect(known).toBe(before);
});

it('an item without a picture is placed without, and again when it has one', async () => {
  await start();
  await putItem('thing');
  await until(async () => control.serving !== '1' && (await placedIn(control.serving)) === 1);
  const [plain = 0] = await scores(['thing']);
  await around.putPicture('thing', photoOf(RED));
  await until(async () => ((await scores(['thing']))[0] ?? 0) > plain);
  expect(await placedIn(control.serving)).toBe(1);
});

it('what was trained and promoted meanwhile wins, and is kept complete in its turn', async () => {
  control.answerWith(503);
  await start();
  await putItem('red');
  // A version waits to be promoted, and can't be.
  await until(async () => (await versions()).includes('2'));
  expect(await trainer?.metric('trainer_items_waiting')).toBe(1);
  await storeShop(around.repository);
  await control.promote('3');
  control.answerWith(200);
  await until(() => Number(control.serving) > 3);
  expect(control.promoted.slice(0, 2)).toEqual(['1', '3']);
  expect(control.promoted).not.toContain('2');
  expect(await placedIn(control.serving)).toBe(1);
  await until(async () => !(await versions()).includes('2'));
});

it('an item waits until it serves, whatever comes in between', async () => {
  const waiting = () => trainer?.metric('trainer_items_waiting');
  // Another version serves by now, it is said, and nothing is heard of it.
  control.answerWith(409);
  const { warnings } = await start();
  await putItem('red');
  await until(() => warnings.some((warning) => warning.includes('another version than 1 serves')));
  expect(await waiting()).toBe(1);
  control.answerWith(503);
  await until(async () => (await versions()).length === 2);
  expect(await waiting()).toBe(1);
  await putItem('red', { ...NEW, available: false });
  await until(async () => (await waiting()) === 0);
  await putItem('red');
  await until(async () => (await waiting()) === 1);
  control.answerWith(200);
  await until(async () => (await waiting()) === 0);
  expect(await placedIn(control.serving)).toBe(1);
});

it('old versions that were made so go, and those that were trained stay', async () => {
  await start();
  for (let at = 0; at < 5; at++) {
    await putItem(`new-${at}`);
    await until(async () => (await placedIn(control.serving)) === at + 1);
  }
  await until(async () => (await versions()).length === 4);
  expect(await versions()).toEqual([...control.promoted.slice(0, 1), ...control.promoted.slice(-3)]);
});

it('the version that was replaced stays, however many were trained since', async () => {
  await start();
  await putItem('red');
  await until(async () => control.serving === '2' && (await placedIn('2')) === 1);
  for (const version of ['3', '4']) {
    await storeShop(around.repository);
    await until(async () => (await versions()).includes(version));
  }
  await putItem('blue');
  await until(async () => (await trainer?.metric('trainer_items_placed_total')) === 2);
  expect(control.serving).toBe('5');
  expect(await versions()).toEqual(['1', '2', '3', '4', '5']);
});

it('a model that was trained with another encoder than the one that serves is told of, until they agree', async () => {
  const outdated = () => trainer?.metric('trainer_models_outdated', 'kind="image"');
  const { warnings } = await start();
  const told = () => warnings.filter((warning) => warning.includes('was trained with'));
  await putItem('red');
  await until(() => control.serving !== '1');
  expect([await outdated(), told()]).toEqual([0, []]);
  await storeColours(around.repository, 'shop.vision');
  await until(async () => (await outdated()) === 1);
  await putItem('blue');
  await until(async () => (await placedIn(control.serving)) === 2);
  expect(told()).toEqual([
    'shop.content was trained with shop.vision/1, and shop.vision/2 serves: to it, pictures of new items say nothing. Train it again, ' +
      'once trainer_vectors_waiting no longer falls: npm run train -- --tenant shop --family content --events FILE',
  ]);
  await removeVersion(around.repository, 'shop.vision', '2');
  await until(async () => (await outdated()) === 0);
});

it('a version whose files are damaged is left as it is', async () => {
  await writeFile(join(around.repository, NAME, '1', 'newcomers.json'), '{ "items"');
  const { warnings } = await start();
  await putItem('red');
  await until(() => warnings.some((warning) => warning.includes('is damaged')));
  expect(control.serving).toBe('1');
});

it('a version that nothing can be placed in is left as it is, and items have vectors all the same', async () => {
  await rm(join(around.repository, NAME, '1', 'newcomers.json'));
  const { warnings } = await start();
  await putItem('red');
  await around.putPicture('red', photoOf(RED));
  await until(async () => (await around.vectors()).get('shop:red')?.image !== undefined);
  await until(() => warnings.some((warning) => warning.includes('Train one again')));
  expect(control.serving).toBe('1');
  expect(existsSync(join(around.repository, NAME, '2'))).toBe(false);
});
