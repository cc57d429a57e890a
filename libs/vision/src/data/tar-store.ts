import { open, type FileHandle } from 'node:fs/promises';
import { VisionError } from '../errors.js';
import { checkSize } from './folder-store.js';
import type { PhotoStore } from './labelled-photo.js';

const BLOCK = 512;

/** A path that is longer than this is no path. */
const MAX_PATH_BYTES = 64 * 1024;

interface Place {
  readonly start: number;
  readonly bytes: number;
}

/**
 * The files of an uncompressed tar archive (POSIX ustar and pax, GNU long names), read where they lie: nothing is unpacked.
 *
 * @throws {VisionError} `file-unreadable`
 */
export const openTar = async (file: string): Promise<PhotoStore> => {
  const handle = await open(file).catch((error: unknown) => {
    throw new VisionError('file-unreadable', `${file} can't be opened: check its path and permissions`, error);
  });
  let places: ReadonlyMap<string, Place>;
  try {
    places = await placesIn(handle, file);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    paths: [...places.keys()].sort(),
    read: async (path) => {
      const place = places.get(path);
      if (place === undefined) throw new VisionError('file-unreadable', `${file} has no ${path}: mend the path`);
      checkSize(place.bytes);
      return readAt(handle, place, file);
    },
    close: () => handle.close(),
  };
};

const placesIn = async (handle: FileHandle, file: string): Promise<ReadonlyMap<string, Place>> => {
  const places = new Map<string, Place>();
  const { size } = await handle.stat();
  let longPath: string | undefined;
  for (let at = 0; at + BLOCK <= size;) {
    const header = await readAt(handle, { start: at, bytes: BLOCK }, file);
    if (header.every((byte) => byte === 0)) return places;
    const bytes = sizeOf(header);
    if (!hasItsChecksum(header) || bytes === undefined)
      throw new VisionError(
        'file-unreadable',
        `${file} is no tar archive, or damaged at byte ${at}: pack the photos with tar, without compression`,
      );
    const place = { start: at + BLOCK, bytes };
    const type = header.toString('latin1', 156, 157);
    if (type === 'L' || type === 'x') {
      if (place.bytes > MAX_PATH_BYTES)
        throw new VisionError('file-unreadable', `${file} is damaged at byte ${at}: a path of ${place.bytes} bytes`);
      const content = await readAt(handle, place, file);
      longPath = type === 'L' ? textOf(content) : (paxPath(content) ?? longPath);
    } else {
      const path = cleanPath(longPath ?? shortPath(header));
      longPath = undefined;
      if ((type === '0' || type === '\0') && !path.split('/').some((part) => part.startsWith('.')))
        places.set(path, place);
    }
    at = place.start + Math.ceil(place.bytes / BLOCK) * BLOCK;
  }
  return places;
};

const readAt = async (handle: FileHandle, { start, bytes }: Place, file: string): Promise<Buffer> => {
  const content = Buffer.alloc(bytes);
  const { bytesRead } = await handle.read(content, 0, bytes, start);
  if (bytesRead < bytes)
    throw new VisionError(
      'file-unreadable',
      `${file} ends within a photo, at byte ${start + bytesRead}: copy it again`,
    );
  return content;
};

const textOf = (field: Buffer): string => {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
};

/** The sum of all bytes, its own field counted as spaces. */
const hasItsChecksum = (header: Buffer): boolean => {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return sum === parseInt(textOf(header.subarray(148, 156)), 8);
};

/** Octal; files of 8 GB and more are written otherwise and are no photos. */
const sizeOf = (header: Buffer): number | undefined => {
  const text = textOf(header.subarray(124, 136)).trim();
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : undefined;
};

const shortPath = (header: Buffer): string => {
  const name = textOf(header.subarray(0, 100));
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textOf(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
};

/** Records are `length key=value\n`. */
const paxPath = (content: Buffer): string | undefined => / path=([^\n]+)\n/.exec(` ${content.toString('utf8')}`)?.[1];

const cleanPath = (path: string): string => path.replace(/^(?:\.\/)+/, '');
