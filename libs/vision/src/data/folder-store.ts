import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { VisionError } from '../errors.js';
import { ImageRefusal } from '../images/image-refusal.js';
import { MAX_IMAGE_BYTES } from '../images/image-limits.js';
import type { PhotoStore } from './labelled-photo.js';

/** Every file below a folder but hidden ones; what is no photo by its content is found when it is read. Links are not followed. */
export const openFolder = async (folder: string): Promise<PhotoStore> => ({
  paths: await filesBelow(folder),
  read: async (path) => {
    const file = join(folder, path);
    try {
      // What is too large for a photo is not brought into memory to find out.
      checkSize((await stat(file)).size);
      return await readFile(file);
    } catch (error) {
      if (error instanceof ImageRefusal) throw error;
      throw new VisionError('file-unreadable', `${file} can't be read: check its path and permissions`, error);
    }
  },
  close: () => Promise.resolve(),
});

export const checkSize = (bytes: number): void => {
  if (bytes > MAX_IMAGE_BYTES)
    throw new ImageRefusal('image-too-large', `the image has ${bytes} bytes, at most ${MAX_IMAGE_BYTES} are taken`);
};

const filesBelow = async (folder: string): Promise<readonly string[]> => {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((path) => !path.split('/').some((part) => part.startsWith('.')))
      .sort();
  } catch (error) {
    throw new VisionError('file-unreadable', `${folder} can't be read as a folder of photos: check its path`, error);
  }
};
