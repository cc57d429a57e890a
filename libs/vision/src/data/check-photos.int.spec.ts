import { rm } from 'node:fs/promises';
import { checkPhotos } from './check-photos.js';
import { openClassFolders } from './open-photos.js';
import { folderOf, numberedPhoto } from './photo-files.fixture.js';

test('photos are decoded one after the other; those that cannot be are named with the reason', async () => {
  const photo = await numberedPhoto(1);
  const folder = await folderOf({
    'hat/a.png': photo,
    'hat/b.png': photo.subarray(0, photo.length / 2),
    'hat/c.png': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'hat/d.png': photo,
  });
  const set = await openClassFolders(folder);
  let reading = 0;
  let together = 0;
  const done: number[] = [];
  const read = async (...[one]: Parameters<typeof set.read>) => {
    together = Math.max(together, ++reading);
    try {
      return await set.read(one);
    } finally {
      reading--;
    }
  };
  const { photos, unreadable } = await checkPhotos({ ...set, read }, { onProgress: (count) => done.push(count) });
  expect(photos.map(({ path }) => path)).toEqual(['hat/a.png', 'hat/d.png']);
  expect(photos[0]?.sha256).toBe(photos[1]?.sha256);
  expect(unreadable.map(({ photo: { path }, reason }) => `${path}: ${reason}`)).toEqual([
    expect.stringContaining("hat/b.png: the image can't be decoded"),
    expect.stringContaining('hat/c.png: the image is an SVG by its content'),
  ]);
  expect(done).toEqual([1, 2, 3, 4]);
  expect(together).toBe(1);
  await rm(folder, { recursive: true });
});

test('a check that is called off ends', async () => {
  const folder = await folderOf({ 'hat/a.png': await numberedPhoto(1), 'hat/b.png': await numberedPhoto(2) });
  const stop = new AbortController();
  const done: number[] = [];
  const checking = checkPhotos(await openClassFolders(folder), {
    signal: stop.signal,
    onProgress: (count) => {
      done.push(count);
      stop.abort(new Error('called off'));
    },
  });
  await expect(checking).rejects.toThrow('called off');
  expect(done).toEqual([1]);
  await rm(folder, { recursive: true });
});
