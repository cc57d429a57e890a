import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import type { PhotoToLearn } from '@offerstream/vision';
import { withPhotos } from './read-photos.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'read-photos-'))));
afterEach(() => rm(folder, { recursive: true }));

const chunk = (type: string, content: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(content.byteLength, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
};
/** A PNG of one grey pixel. */
const png = (grey: number): Buffer =>
  Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0)),
    chunk('IDAT', deflateSync(Uint8Array.of(0, grey))),
    chunk('IEND', new Uint8Array()),
  ]);

const write = async (label: string, count: number, from = 0): Promise<void> => {
  await mkdir(join(folder, label), { recursive: true });
  for (let i = 0; i < count; i++) await writeFile(join(folder, label, `${i}.png`), png(from + i));
};
const read = async (source: Parameters<typeof withPhotos>[0]) => {
  const told: string[] = [];
  const bar = { update: () => undefined, tell: (line: string) => void told.push(line), stop: () => undefined };
  const signal = new AbortController().signal;
  let taken: readonly PhotoToLearn[] = [];
  await withPhotos(source, { bar, signal }, async (photos) => {
    taken = photos;
    expect(await photos[0]?.read()).toBeDefined();
  });
  const counts = (label: string) =>
    (['train', 'validation', 'test'] as const).map(
      (split) => taken.filter((photo) => photo.label === label && photo.split === split).length,
    );
  return { told, counts };
};

test('a folder for each class: a tenth each for validation and test, so many of each class as asked, what is no photo told', async () => {
  await write('hat', 20);
  await write('shoe', 12, 100);
  await writeFile(join(folder, 'shoe', 'notes.txt'), 'not a photo');
  const all = await read({ images: folder, seed: 1 });
  expect([all.counts('hat'), all.counts('shoe')]).toEqual([
    [16, 2, 2],
    [10, 1, 1],
  ]);
  expect(all.told.join('\n')).toMatch(/shoe\/notes\.txt/);
  const ten = await read({ images: folder, seed: 1, perClass: 10 });
  expect(ten.counts('hat')).toEqual([8, 1, 1]);
});

test('a label file says which photos are for what', async () => {
  await write('all', 6);
  const rows = [0, 1, 2, 3, 4, 5].map(
    (i) =>
      `all/${i}.png,${i % 2 === 0 ? 'hat' : 'shoe'},${['train', 'train', 'validation', 'validation', 'test', 'test'][i] ?? ''}`,
  );
  await writeFile(join(folder, 'labels.csv'), ['path,label,split', ...rows].join('\n'));
  const { counts } = await read({ labels: join(folder, 'labels.csv'), seed: 1 });
  expect([counts('hat'), counts('shoe')]).toEqual([
    [1, 1, 1],
    [1, 1, 1],
  ]);
});

test('a wrong line of a label file is named', async () => {
  await write('all', 1);
  await writeFile(join(folder, 'labels.csv'), 'path,label\nall/0.png,hat\nall/7.png,shoe\n');
  await expect(read({ labels: join(folder, 'labels.csv'), seed: 1 })).rejects.toMatchObject({
    code: 'bad-labels',
    message: expect.stringContaining('line 3') as string,
  });
});
