import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { picturesInFolder } from './pictures-in-folder.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerstream-pictures-'));
});
afterEach(() => rm(folder, { recursive: true }));

const put = (name: string, text = name) => writeFile(join(folder, name), text);

it('each photo is that of the item that its file is named for, in the order of the names', async () => {
  for (const name of ['tents-12.jpg', 'a%2Fb.PNG', '100%.webp', 'read.me', 'lamp.v2.jpeg']) await put(name);
  await mkdir(join(folder, 'more.jpg'));
  const pictures = await picturesInFolder(folder);
  expect(pictures.map(({ item }) => item)).toEqual(['100%', 'a/b', 'lamp.v2', 'tents-12']);
  expect(Buffer.from((await pictures[1]?.read()) ?? []).toString()).toBe('a%2Fb.PNG');
});

it('says what is wrong with the folder', async () => {
  await expect(picturesInFolder(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'no-folder' });
  await expect(picturesInFolder(folder)).rejects.toMatchObject({ code: 'no-pictures' });
  await put('a.jpg');
  await put('a.png');
  await expect(picturesInFolder(folder)).rejects.toMatchObject({
    code: 'same-item',
    message: expect.stringContaining('a.jpg and a.png') as string,
  });
});
