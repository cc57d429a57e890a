import { createHash } from 'node:crypto';
import { vectorOfText, type TenantId } from '@offerstream/contracts';
import { BLACK, BLUE, photoOf, RED, storeColours } from '../colour-models.fixture.js';
import { SHOP, startSurroundings, until, type RunningTrainer, type Surroundings } from '../running-trainer.fixture.js';

const OTHER = 'other' as TenantId;

let around: Surroundings;
let trainer: RunningTrainer | undefined;
beforeEach(async () => {
  around = await startSurroundings();
});
afterEach(async () => {
  await trainer?.stop();
  trainer = undefined;
  await around.stop();
});

const start = async (): Promise<RunningTrainer> => (trainer = await around.startTrainer());
/** Everything is looked at that is there. */
const untilIdle = (): Promise<void> =>
  until(async () => {
    if (trainer?.health.ready().ok !== true) return false;
    return (await trainer.metric('trainer_vectors_waiting', 'kind="image"')) === 0;
  });
const colourOf = async (key: string): Promise<readonly number[] | undefined> => {
  const image = (await around.vectors()).get(key)?.image;
  return image && Array.from(vectorOfText(image.vector) ?? [], Math.round);
};
const versionOf = async (key: string): Promise<string | undefined> => {
  const image = (await around.vectors()).get(key)?.image;
  return image && `${image.model}/${image.version}`;
};

it('pictures have vectors as they come, of what they are at last, and none when they have gone', async () => {
  await storeColours(around.repository, 'shop.vision');
  await storeColours(around.repository, 'efficientnet-lite0');
  await around.putPicture('mug', photoOf(BLUE));
  await around.putPicture('mug', photoOf(RED));
  await around.putPicture('lamp', photoOf(BLUE));
  await start();
  // The other one may be served a moment earlier.
  for (const item of ['mug', 'lamp']) await until(async () => (await versionOf(`shop:${item}`)) === 'shop.vision/1');
  expect(await colourOf('shop:mug')).toEqual([1, 0, 0]);
  expect(await colourOf('shop:lamp')).toEqual([0, 0, 1]);

  await around.putPicture('lamp', null);
  await around.putPicture('mug', photoOf(BLUE));
  await around.putPicture('hat', photoOf(RED), OTHER);
  await until(async () => (await around.vectors()).get('shop:lamp') === null);
  await until(async () => (await colourOf('shop:mug'))?.[2] === 1);
  await until(async () => (await versionOf('other:hat')) === 'efficientnet-lite0/1');
  expect([...(await around.vectors()).keys()].sort()).toEqual(['other:hat', 'shop:lamp', 'shop:mug']);
});

it('what has a vector is not looked at again after a start', async () => {
  await storeColours(around.repository, 'shop.vision');
  await around.putPicture('mug', photoOf(RED));
  await start();
  await until(async () => (await around.vectors()).size === 1);
  await trainer?.stop();

  await around.putPicture('lamp', photoOf(RED));
  await start();
  await until(async () => (await around.vectors()).size === 2);
  await untilIdle();
  expect(await around.written('item-vectors')).toBe(2);
});

it('another version looks at all of them again, and what is known of the words stays', async () => {
  const source = createHash('sha256').update('Red mug').digest('hex');
  const text = { model: 'shop.encoder', version: '1', vector: 'AACAPw==', source };
  await around.put('catalog', 'shop:mug', JSON.stringify({ id: 'mug', title: 'Red mug' }));
  await around.put('item-vectors', 'shop:mug', JSON.stringify({ id: 'mug', text }));
  await around.putPicture('mug', photoOf(RED));
  await storeColours(around.repository, 'shop.vision');
  await start();
  await until(async () => (await versionOf('shop:mug')) === 'shop.vision/1');
  await storeColours(around.repository, 'shop.vision');
  await until(async () => (await versionOf('shop:mug')) === 'shop.vision/2');
  expect((await around.vectors()).get('shop:mug')).toMatchObject({ text });
  await around.putPicture('mug', null);
  await until(async () => (await versionOf('shop:mug')) === undefined);
  expect((await around.vectors()).get('shop:mug')).toEqual({ id: 'mug', text });
});

it('a picture that is none, or that the model has no answer for, holds up no other; each is counted', async () => {
  await storeColours(around.repository, 'shop.vision');
  await around.putPicture('broken', Buffer.from('no photo'));
  await around.putPicture('night', photoOf(BLACK));
  await around.putPicture('mug', photoOf(RED));
  const { metric, warnings } = await start();
  await until(async () => (await metric('trainer_vectors_failed_total', 'kind="image"')) > 1);
  expect([...(await around.vectors()).keys()]).toEqual(['shop:mug']);
  expect(await metric('trainer_vectors_refused_total', 'kind="image"')).toBe(1);
  expect(warnings.filter((warning) => warning.includes(`${SHOP}:broken`))).toHaveLength(1);
  expect(warnings.filter((warning) => warning.includes('numbers that are none'))).toHaveLength(1);

  // What it was before is not what it is.
  await around.putPicture('mug', Buffer.from('no photo'));
  await until(async () => (await around.vectors()).get('shop:mug') === null);
});

it('a tenant without a model waits for one', async () => {
  await storeColours(around.repository, 'other.vision');
  await around.putPicture('mug', photoOf(RED));
  await around.putPicture('hat', photoOf(RED), OTHER);
  await start();
  await until(async () => (await around.vectors()).has('other:hat'));
  await untilIdle();
  expect((await around.vectors()).has('shop:mug')).toBe(false);
  await storeColours(around.repository, 'efficientnet-lite0');
  await until(async () => (await versionOf('shop:mug')) === 'efficientnet-lite0/1');
});
