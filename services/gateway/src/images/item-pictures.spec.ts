import type { ItemId, TenantId } from '@offerstream/contracts';
import { followedTable } from '../followed-table.fixture.js';
import { ItemPictures, type PicturePlace } from './item-pictures.js';

const DEMO = 'demo' as TenantId;
const MUG = 'mug' as ItemId;
const JPEG = Buffer.from([0xff, 0xd8]);
const at = (offset: number, value: Buffer | null = JPEG) => ({ partition: 1, offset, value });

const NEVER = new AbortController().signal;

const setUp = (read: (place: PicturePlace) => Promise<Uint8Array | string>, key = 'demo:mug') => {
  const pictures = new ItemPictures({
    read: async (place) => {
      const found = await read(place);
      return typeof found === 'string' ? found : { key: Buffer.from(key), value: Buffer.from(found) };
    },
    timeoutMs: 20,
  });
  pictures.start(followedTable());
  return pictures;
};
const pictureOf = async (pictures: ItemPictures, item = MUG, signal = NEVER, tenant = DEMO) => {
  // That its table is known is told in a moment.
  await Promise.resolve();
  return pictures.of(tenant, item, signal);
};

it('a picture is read where the newest lies, of the shop that asks', async () => {
  const read: PicturePlace[] = [];
  const pictures = setUp((place) => Promise.resolve((read.push(place), JPEG)));
  for (const offset of [3, 7]) pictures.note('demo:mug', at(offset));
  pictures.note('other:mug', at(9));
  expect([...(await pictureOf(pictures))]).toEqual([...JPEG]);
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
  await expect(pictureOf(pictures)).rejects.toMatchObject({ details: { status: 404, code: 'picture-unknown' } });
});

it('what lies there by now and is another item’s is not told', async () => {
  for (const pictures of [setUp(() => Promise.resolve(JPEG), 'demo:bag'), setUp(() => Promise.resolve('after-end'))]) {
    pictures.note('demo:mug', at(1));
    await expect(pictureOf(pictures)).rejects.toMatchObject({ details: { code: 'picture-unknown' } });
  }
});

it('a picture is a copy, which keeps nothing in memory that was fetched with it', async () => {
  const fetched = Buffer.concat([JPEG, Buffer.alloc(100_000)]);
  const pictures = new ItemPictures({
    read: () => Promise.resolve({ key: Buffer.from('demo:mug'), value: fetched.subarray(0, 2) }),
    timeoutMs: 20,
  });
  pictures.start(followedTable());
  pictures.note('demo:mug', at(1));
  expect((await pictureOf(pictures)).buffer.byteLength).toBe(2);
});

it('what is none of the topic is refused', () => {
  expect(setUp(() => Promise.resolve(JPEG)).note('mug', at(1))).toContain('its key');
});

it('nothing is unknown before the topic was read to its end', async () => {
  const read = Promise.withResolvers<undefined>();
  const pictures = new ItemPictures({ read: () => Promise.resolve('after-end'), timeoutMs: 20 });
  const starting = { details: { status: 503, code: 'starting', retryAfterSeconds: 1 } };
  await expect(pictureOf(pictures)).rejects.toMatchObject(starting);
  pictures.start(followedTable({ caughtUp: read.promise }));
  await expect(pictureOf(pictures)).rejects.toMatchObject(starting);
  read.resolve(undefined);
  await read.promise;
  await expect(pictureOf(pictures)).rejects.toMatchObject({ details: { code: 'picture-unknown' } });
});

it('few are read at once, the others as their turn comes, and a shop that asks for many keeps no other waiting', async () => {
  const back = Promise.withResolvers<undefined>();
  const read: number[] = [];
  const pictures = new ItemPictures({
    async read({ offset }) {
      read.push(offset);
      await back.promise;
      return { key: Buffer.from(offset === 9 ? 'other:mug' : 'demo:mug'), value: JPEG };
    },
    timeoutMs: 60_000,
  });
  pictures.start(followedTable());
  pictures.note('demo:mug', at(1));
  pictures.note('other:mug', at(9));
  const asked = Array.from({ length: 6 }, () => pictureOf(pictures));
  asked.push(pictureOf(pictures, MUG, NEVER, 'other' as TenantId));
  await new Promise(setImmediate);
  expect(read).toEqual([1, 1, 1, 1]);
  back.resolve(undefined);
  await Promise.all(asked);
  expect(read).toEqual([1, 1, 1, 1, 1, 9, 1]);
});

it('while Kafka is away who waits is told so, and not read for when it is back', async () => {
  const back = Promise.withResolvers<Uint8Array>();
  let reads = 0;
  const pictures = setUp(() => ((reads += 1), back.promise));
  pictures.note('demo:mug', at(1));
  const asked = Array.from({ length: 6 }, () => pictureOf(pictures).catch((error: unknown) => error));
  for (const error of await Promise.all(asked))
    expect(error).toMatchObject({ details: { status: 503, code: 'kafka-unavailable', retryAfterSeconds: 2 } });
  back.resolve(JPEG);
  await new Promise(setImmediate);
  expect(reads).toBe(4);
  expect(await pictureOf(pictures)).toHaveLength(2);
});

it('a read that fails is told as Kafka’s', async () => {
  const pictures = setUp(() => Promise.reject(new Error('planted')));
  pictures.note('demo:mug', at(1));
  await expect(pictureOf(pictures)).rejects.toMatchObject({ details: { code: 'kafka-unavailable' } });
});

it('who goes away waits no longer', async () => {
  const leaving = new AbortController();
  const pictures = new ItemPictures({ read: () => new Promise(() => undefined), timeoutMs: 60_000 });
  pictures.start(followedTable());
  pictures.note('demo:mug', at(1));
  const asked = pictureOf(pictures, MUG, leaving.signal).catch((error: unknown) => error);
  await new Promise(setImmediate);
  leaving.abort('gone');
  expect(await asked).toBe('gone');
});
