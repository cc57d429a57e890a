import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VisionError } from '../errors.js';
import { openFolder } from './folder-store.js';
import type { LabelledPhoto, PhotoSet, PhotoStore } from './labelled-photo.js';
import { readLabels } from './read-labels.js';
import { openTar } from './tar-store.js';

/** Opens a folder (or a .tar) that has a folder for each class; the photos of a class may lie deeper. */
export const openClassFolders = async (images: string): Promise<PhotoSet> => {
  const store = await openStore(images);
  const photos = store.paths.flatMap((path) => {
    const end = path.indexOf('/');
    return end > 0 ? [{ path, label: path.slice(0, end) }] : [];
  });
  return photoSet(store, photos, `${images} has no photos in folders: make one for each class, with its photos in it`);
};

/**
 * Opens the photos that a label file names (see {@link readLabels}): paths are below its own folder, or inside of the one .tar there.
 *
 * @throws {VisionError} `bad-labels`, the message naming the wrong lines
 */
export const openLabelledPhotos = async (labels: string): Promise<PhotoSet> => {
  const store = await openStore(await photosBeside(labels));
  try {
    const there = new Set(store.paths);
    const photos = await readLabels(labels, (path) => there.has(path));
    return await photoSet(store, photos, `${labels} names no photos: add lines with a path and a label`);
  } catch (error) {
    await store.close();
    throw error;
  }
};

const openStore = (path: string): Promise<PhotoStore> => (path.endsWith('.tar') ? openTar(path) : openFolder(path));

const photosBeside = async (labels: string): Promise<string> => {
  const folder = dirname(labels);
  const names = await readdir(folder).catch((error: unknown) => {
    throw new VisionError('file-unreadable', `${folder} can't be read: check the path of the label file`, error);
  });
  const archives = names.filter((name) => name.endsWith('.tar'));
  const [archive] = archives;
  if (archive === undefined) return folder;
  if (archives.length > 1)
    throw new VisionError(
      'bad-labels',
      `beside ${labels} lie ${archives.join(' and ')}: leave the one with its photos`,
    );
  const file = join(folder, archive);
  return (await stat(file)).isFile() ? file : folder;
};

const photoSet = async (store: PhotoStore, photos: readonly LabelledPhoto[], none: string): Promise<PhotoSet> => {
  if (photos.length === 0) {
    await store.close();
    throw new VisionError('nothing-to-learn-from', none);
  }
  return { photos, read: ({ path }) => store.read(path), close: () => store.close() };
};
