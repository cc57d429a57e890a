import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { twoHalves } from '../images/photos.fixture.js';

/** Photos of different numbers are different files. */
export const numberedPhoto = (number: number): Promise<Buffer> =>
  twoHalves(8, 8, [number % 256, number >> 8, 0], [0, 0, 0])
    .png()
    .toBuffer();

/** A folder with these files, somewhere that is the caller's to remove. */
export const folderOf = async (files: Readonly<Record<string, Uint8Array | string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'offerstream-photos-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
};
