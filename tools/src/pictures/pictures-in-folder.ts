import { readdir, readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { hasCode } from '@offerstream/infra';
import { ToolError } from '../tool-error.js';
import type { PictureSource } from './send-pictures.js';

export class PictureFolderError extends ToolError<'no-folder' | 'no-pictures' | 'same-item'> {
  override readonly name = 'PictureFolderError';
}

const PHOTO = /\.(jpe?g|png|webp)$/i;

/**
 * The photos of a folder, by name: each is that of the item that its file is named for, as `tents-12.jpg`. In a file's name %2F stands
 * for the slash that an id may have, and so on for other characters.
 *
 * @throws PictureFolderError
 */
export const picturesInFolder = async (folder: string): Promise<readonly PictureSource[]> => {
  const names = (await filesIn(folder)).filter((name) => PHOTO.test(name)).sort();
  if (names.length === 0) {
    throw new PictureFolderError('no-pictures', false, `${folder} has no .jpg, .jpeg, .png or .webp file.`);
  }
  const nameOf = new Map<string, string>();
  return names.map((name) => {
    const item = itemNamed(parse(name).name);
    const before = nameOf.get(item);
    if (before !== undefined) {
      throw new PictureFolderError(
        'same-item',
        false,
        `${before} and ${name} in ${folder} are both of item ${item}. Leave one of them there.`,
      );
    }
    nameOf.set(item, name);
    return { item, name, read: async () => Uint8Array.from(await readFile(join(folder, name))) };
  });
};

const filesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTDIR')) throw error;
    throw new PictureFolderError('no-folder', false, `There is no folder ${folder}.`, { cause: error });
  }
};

const itemNamed = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
