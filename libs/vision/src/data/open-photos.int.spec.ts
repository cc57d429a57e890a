import { execFileSync } from 'node:child_process';
import { readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PhotoSet } from './labelled-photo.js';
import { openClassFolders, openLabelledPhotos } from './open-photos.js';
import { folderOf, numberedPhoto } from './photo-files.fixture.js';

const folders: string[] = [];
const sets: PhotoSet[] = [];
afterEach(async () => {
  for (const set of sets.splice(0)) await set.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const filled = async (files: Readonly<Record<string, Uint8Array | string>>) => {
  const folder = await folderOf(files);
  folders.push(folder);
  return folder;
};

const opened = async (opening: Promise<PhotoSet>) => {
  const set = await opening;
  sets.push(set);
  return set;
};

describe('a folder for each class', () => {
  test('gives each photo below it the class', async () => {
    const photo = await numberedPhoto(1);
    const folder = await filled({
      'hat/b.png': photo,
      'hat/winter/a.jpg': 'a',
      'dress/c.webp': 'c',
      '.cache/x.png': 'x',
    });
    await writeFile(join(folder, 'hat', '.DS_Store'), 'hidden');
    await writeFile(join(folder, 'notes.txt'), 'of no class');
    await symlink('/etc/hostname', join(folder, 'hat', 'link.png'));
    const set = await opened(openClassFolders(folder));
    expect(set.photos).toEqual([
      { path: 'dress/c.webp', label: 'dress' },
      { path: 'hat/b.png', label: 'hat' },
      { path: 'hat/winter/a.jpg', label: 'hat' },
    ]);
    const [, second] = set.photos;
    expect(second && (await set.read(second))).toEqual(photo);
  });

  test('without photos, or that is not there, is refused', async () => {
    await expect(openClassFolders(await filled({ 'photo.png': 'in no class' }))).rejects.toMatchObject({
      code: 'nothing-to-learn-from',
    });
    await expect(openClassFolders('/nowhere')).rejects.toMatchObject({ code: 'file-unreadable' });
  });

  test('has no file read that is too large for a photo', async () => {
    const folder = await filled({ 'hat/film.png': '' });
    await truncate(join(folder, 'hat/film.png'), 5e9);
    const set = await opened(openClassFolders(folder));
    await expect(set.read(set.photos[0] ?? { path: '', label: '' })).rejects.toMatchObject({ code: 'image-too-large' });
  });
});

describe('a label file', () => {
  test('names photos beside it, with their split and line', async () => {
    const folder = await filled({ 'a.png': 'a', 'more/b.png': 'b' });
    const labels = join(folder, 'labels.csv');
    await writeFile(
      labels,
      '\ufeffsplit,path,label,price\r\ntrain,a.png,"hat, warm",3\r\n\r\ntest,more/b.png,dress,4\r\n',
    );
    expect((await opened(openLabelledPhotos(labels))).photos).toEqual([
      { path: 'a.png', label: 'hat, warm', split: 'train', line: 2 },
      { path: 'more/b.png', label: 'dress', split: 'test', line: 4 },
    ]);
  });

  test.each([
    ['no columns', 'photo,label\na.png,hat\n', 'line 1: no column path among photo, label'],
    ['nothing', '', 'line 1: no column path'],
    ['a path that is not there', 'path,label\na.png,hat\nx.png,hat\n', 'line 3: there is no photo x.png'],
    ['a path out of the folder', 'path,label\n../a.png,hat\n', 'line 2: there is no photo ../a.png'],
    ['a path from the root', 'path,label\n/etc/passwd,hat\n', 'line 2: there is no photo /etc/passwd'],
    ['an address', 'path,label\nhttp://h/a.png,hat\n', 'line 2: there is no photo http://h/a.png'],
    ['no label', 'path,label\na.png,\n', 'line 2: the label is missing'],
    ['no path', 'path,label\n,hat\n', 'line 2: the path is missing'],
    [
      'another split',
      'path,label,split\na.png,hat,dev\n',
      'line 2: the split is "dev" and not train, validation, test',
    ],
    ['a photo twice', 'path,label\na.png,hat\na.png,dress\n', 'line 3: a.png is in line 2 already'],
    ['a column too many', 'path,label\na.png,hat\nb.png,hat,warm\n', 'line 3'],
    ['an open quote', 'path,label\na.png,"hat\n', 'line'],
  ])('with %s is refused by its line', async (_, content, message) => {
    const folder = await filled({ 'a.png': 'a', 'b.png': 'b', 'labels.csv': content });
    await expect(openLabelledPhotos(join(folder, 'labels.csv'))).rejects.toMatchObject({
      code: 'bad-labels',
      message: expect.stringContaining(message) as unknown,
    });
  });

  test('with many wrong lines names the first ones', async () => {
    const rows = Array.from({ length: 9 }, (_, row) => `x${row}.png,hat\n`).join('');
    const folder = await filled({ 'labels.csv': `path,label\n${rows}` });
    await expect(openLabelledPhotos(join(folder, 'labels.csv'))).rejects.toThrow(
      /line 2: [^]*line 6: there is no photo x4.png\nand 4 more$/,
    );
  });

  test('without lines has nothing to learn from', async () => {
    const folder = await filled({ 'labels.csv': 'path,label\n' });
    await expect(openLabelledPhotos(join(folder, 'labels.csv'))).rejects.toMatchObject({ code: 'bad-labels' });
  });
});

describe('an archive beside a label file', () => {
  const LONG = `${'deep/'.repeat(60)}photo.png`;

  const archived = async (options: readonly string[]) => {
    const photo = await numberedPhoto(1);
    const photos = await filled({ 'hat/a.png': photo, [LONG]: 'long', 'hat/.hidden': 'x' });
    const folder = await filled({ 'labels.csv': `path,label\n${LONG},dress\nhat/a.png,hat\n` });
    execFileSync('tar', [...options, '-cf', join(folder, 'photos.tar'), '-C', photos, '.']);
    return { folder, labels: join(folder, 'labels.csv'), photo };
  };

  test.each(['--format=gnu', '--format=pax', '--format=posix'])('is read where it lies (%s)', async (format) => {
    const { labels, photo } = await archived([format]);
    const set = await opened(openLabelledPhotos(labels));
    const contents = await Promise.all(set.photos.map((one) => set.read(one)));
    expect(contents).toEqual([Buffer.from('long'), photo]);
  });

  test('that was cut off gives the photos before the cut, and says where it ends', async () => {
    const { folder, labels } = await archived(['--sort=name']);
    const archive = join(folder, 'photos.tar');
    const whole = await readFile(archive);
    await writeFile(archive, whole.subarray(0, whole.indexOf(await numberedPhoto(1)) + 20));
    await writeFile(labels, `path,label\n${LONG},dress\nhat/a.png,hat\n`);
    const [before, cut] = (await opened(openLabelledPhotos(labels))).photos.map((photo) => sets[0]?.read(photo));
    expect(await before).toEqual(Buffer.from('long'));
    await expect(cut).rejects.toThrow('ends within a photo');
  });

  test('whose headers lie is refused', async () => {
    const { folder, labels } = await archived([]);
    const archive = join(folder, 'photos.tar');
    const damaged = await readFile(archive);
    // A size below zero, with the checksum that belongs to it, would lead back to where it stands.
    const header = damaged.subarray(0, 512);
    header.write('-0000001000\0', 124, 'latin1');
    header.fill(' ', 148, 156);
    header.write(
      header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0'),
      148,
      'latin1',
    );
    await writeFile(archive, damaged);
    await expect(openLabelledPhotos(labels)).rejects.toThrow('damaged at byte 0');
  });

  test('that is compressed, or one of two, is refused', async () => {
    const { folder, labels } = await archived(['--gzip']);
    await expect(openLabelledPhotos(labels)).rejects.toThrow('is no tar archive');
    await writeFile(join(folder, 'second.tar'), '');
    await expect(openLabelledPhotos(labels)).rejects.toThrow('photos.tar and second.tar');
  });
});
