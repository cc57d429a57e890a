import { createHash } from 'node:crypto';
import { VisionError } from '../errors.js';
import { decodeImage } from '../images/decode-image.js';
import { ImageRefusal } from '../images/image-refusal.js';
import type { LabelledPhoto, PhotoSet } from './labelled-photo.js';

/** A photo that can be decoded. */
export interface CheckedPhoto extends LabelledPhoto {
  /** SHA-256 of its file, in hex. */
  readonly sha256: string;
}

export interface UnreadablePhoto {
  readonly photo: LabelledPhoto;
  readonly reason: string;
}

export interface CheckedPhotos {
  readonly photos: readonly CheckedPhoto[];
  readonly unreadable: readonly UnreadablePhoto[];
}

/** What is decoded is thrown away; a small size lets a JPEG be decoded at a fraction of its own. */
const SIZE = { width: 16, height: 16, resize: 'fill' } as const;

/**
 * Decodes each photo once, one after the other, so that a damaged one is known before anything is learned.
 *
 * @param onProgress told after each photo how many are done
 */
export const checkPhotos = async (
  set: PhotoSet,
  { onProgress, signal }: { readonly onProgress?: (done: number) => void; readonly signal?: AbortSignal } = {},
): Promise<CheckedPhotos> => {
  const photos: CheckedPhoto[] = [];
  const unreadable: UnreadablePhoto[] = [];
  for (const [at, photo] of set.photos.entries()) {
    signal?.throwIfAborted();
    try {
      const bytes = await set.read(photo);
      await decodeImage(bytes, SIZE);
      photos.push({ ...photo, sha256: createHash('sha256').update(bytes).digest('hex') });
    } catch (error) {
      if (!(error instanceof ImageRefusal || error instanceof VisionError)) throw error;
      unreadable.push({ photo, reason: error.message });
    }
    onProgress?.(at + 1);
  }
  return { photos, unreadable };
};
