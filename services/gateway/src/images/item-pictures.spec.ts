import type { ItemId, TenantId } from '@offerstream/contracts';
import { ItemPictures, type PicturePlace } from './item-pictures.js';

const DEMO = 'demo' as TenantId;
const MUG = 'mug' as ItemId;
const JPEG = Buffer.from([0xff, 0xd8]);
const at = (offset: number, value: Buffer | null = JPEG) => ({ partition: 1, offset, value });

const setUp = (read: (place: PicturePlace) => ReturnType<ItemPictures['of']> | Promise<string>, key = 'demo:mug') =>
  new ItemPictures({
    read: async (place) => {
      const found = await read(place);
      return typeof found === 'string' ? found : { key: Buffer.from(key), value: Buffer.from(found) };
    },
    timeoutMs: 20,
  });

it('a picture is read where the newest lies, of the shop that asks', async () => {
  const read: PicturePlace[] = [];
  const pictures = setUp((place) => Promise.resolve((read.push(place), JPEG)));
  for (const offset of [3, 7]) pictures.note('demo:mug', at(offset));
  pictures.note('other:mug', at(9));
  expect([...(await pictures.of(DEMO, MUG))]).toEqual([...JPEG]);
  expect(read).toEqual([{ partition: 1, offset: 7 }]);
});

it.each<[string, (pictures: ItemPictures) => void]>([
  ['has none', () => undefined],
  [
    'has one no more',
    (pictures) => ['demo:mug'].forEach((key) => [at(1), at(2, null)].forEach((record) => pictures.note(key, record))),
  ],
  ['is another shop’s', (pictures) => pictures.note('other:mug', at(1))],
  ['is nobody’s', (pictures) => pictures.note('mug', at(1))],
])('of an item that %s it is unknown', async (_, note) => {
  const pictures = setUp(() => Promise.resolve(JPEG));
  note(pictures);
  await expect(pictures.of(DEMO, MUG)).rejects.toMatchObject({ details: { status: 404, code: 'picture-unknown' } });
});

it('what lies there by now and is another item’s is not told', async () => {
  for (const pictures of [setUp(() => Promise.resolve(JPEG), 'demo:bag'), setUp(() => Promise.resolve('after-end'))]) {
    pictures.note('demo:mug', at(1));
    await expect(pictures.of(DEMO, MUG)).rejects.toMatchObject({ details: { code: 'picture-unknown' } });
  }
});

it('while Kafka is away few wait for it, and are told so', async () => {
  const back = Promise.withResolvers<Uint8Array>();
  const pictures = setUp(() => back.promise);
  pictures.note('demo:mug', at(1));
  const asked = Array.from({ length: 5 }, () => pictures.of(DEMO, MUG).catch((error: unknown) => error));
  const codes = (await Promise.all(asked)).map((error) => (error as { details: { code: string } }).details.code);
  expect(codes).toEqual([...Array<string>(4).fill('kafka-unavailable'), 'images-busy']);
  back.resolve(JPEG);
  await back.promise;
  await new Promise(setImmediate);
  expect(await pictures.of(DEMO, MUG)).toHaveLength(2);
});
