import { vectorOfText, type TenantId } from '@offerstream/contracts';
import { photoOf, RED, storeColours } from '../colour-models.fixture.js';
import { SHOP, startSurroundings, until, type RunningTrainer, type Surroundings } from '../running-trainer.fixture.js';
import { storeWords, UNSPEAKABLE, wordsOf } from '../word-encoders.fixture.js';

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
const putItem = (id: string, title: string | undefined, tenant = SHOP): Promise<void> =>
  around.put('catalog', `${tenant}:${id}`, JSON.stringify({ id, title, price: 3 }));
const wordsAt = async (key: string): Promise<readonly string[] | undefined> => {
  const text = (await around.vectors()).get(key)?.text;
  return text && wordsOf(vectorOfText(text.vector) ?? new Float32Array());
};
const versionOf = async (key: string): Promise<string | undefined> => {
  const text = (await around.vectors()).get(key)?.text;
  return text && `${text.model}/${text.version}`;
};

it('titles have vectors as they come, of what they say at last, beside those of the pictures; an item that has gone has none', async () => {
  await storeWords(around.repository, 'shop.encoder');
  await storeColours(around.repository, 'shop.vision');
  await putItem('mug', 'Red mug');
  await putItem('thing', undefined);
  await around.putPicture('mug', photoOf(RED));
  await start();
  await until(async () => (await wordsAt('shop:mug'))?.join() === 'red,mug');
  expect(await versionOf('shop:mug')).toBe('shop.encoder/1');

  await putItem('mug', 'Blue mug');
  await putItem('lamp', 'Red lamp');
  await until(async () => (await wordsAt('shop:mug'))?.join() === 'blue,mug');
  await until(async () => (await wordsAt('shop:lamp'))?.join() === 'red,lamp');
  await until(async () => (await around.vectors()).get('shop:mug')?.image !== undefined);
  expect(await wordsAt('shop:mug')).toEqual(['blue', 'mug']);

  await around.putPicture('mug', null);
  await around.put('catalog', 'shop:mug', null);
  await until(async () => (await around.vectors()).get('shop:mug') === null);
  expect([...(await around.vectors()).keys()].sort()).toEqual(['shop:lamp', 'shop:mug']);
});

it('a change of anything but the title makes nothing, nor does a start', async () => {
  await storeWords(around.repository, 'shop.encoder');
  await putItem('mug', 'Red mug');
  await start();
  await until(async () => (await around.vectors()).size === 1);
  await around.put('catalog', 'shop:mug', JSON.stringify({ id: 'mug', title: 'Red mug', price: 9 }));
  await trainer?.stop();
  await start();
  await putItem('lamp', 'Red lamp');
  await until(async () => (await around.vectors()).size === 2);
  expect(await around.written('item-vectors')).toBe(2);
});

it('the pretrained encoder goes before the one of the shop, and a new version looks at all titles again', async () => {
  await storeWords(around.repository, 'shop.encoder');
  await putItem('mug', 'Red mug');
  await start();
  await until(async () => (await versionOf('shop:mug')) === 'shop.encoder/1');
  await storeWords(around.repository, 'all-minilm-l6-v2');
  await until(async () => (await versionOf('shop:mug')) === 'all-minilm-l6-v2/1');
  await storeWords(around.repository, 'all-minilm-l6-v2');
  await until(async () => (await versionOf('shop:mug')) === 'all-minilm-l6-v2/2');
});

it('a title that the encoder has no answer for holds up no other', async () => {
  await storeWords(around.repository, 'shop.encoder');
  await putItem('mug', 'Red mug');
  await putItem('night', UNSPEAKABLE);
  await putItem('lamp', 'Red lamp');
  const { metric, warnings } = await start();
  await until(async () => (await metric('trainer_vectors_failed_total', 'kind="text"')) > 1);
  expect([...(await around.vectors()).keys()].sort()).toEqual(['shop:lamp', 'shop:mug']);
  expect(warnings.filter((warning) => warning.includes(`${SHOP}:night`))).toHaveLength(1);
});

it("one shop's one new item does not wait for the thousands of another", async () => {
  const [large, small] = ['large', 'small'] as TenantId[];
  await storeWords(around.repository, 'all-minilm-l6-v2');
  for (let at = 0; at < 3_000; at++) void putItem(`item-${at}`, 'Red lamp', large);
  await start();
  await until(async () => (await around.vectors()).size > 0);
  await putItem('mug', 'Red mug', small);
  await until(async () => (await around.vectors()).has('small:mug'));
  expect(await trainer?.metric('trainer_vectors_waiting', 'kind="text"')).toBeGreaterThan(0);
});
