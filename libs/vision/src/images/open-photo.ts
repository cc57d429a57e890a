import { FewAtOnce, type Turn } from '@offerstream/pipeline';
import type { Sharp } from 'sharp';
import { MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS } from './image-limits.js';
import { ImageRefusal } from './image-refusal.js';
import { otherType, photoType } from './photo-type.js';
import { vips } from './vips.js';

/** A photo of the most pixels that can't be decoded line by line (turned, interlaced, progressive) takes some 300 MB. */
const DECODES_AT_ONCE = 2;

/** A backstop: libvips looks at the time only now and then. */
const TIMEOUT_SECONDS = 10;

const decodes = new FewAtOnce(DECODES_AT_ONCE);

/**
 * @param finish says what is made of a photo's pixels, which come upright, in sRGB, on white and as 8-bit colours
 * @param turn of those who wait: photos are opened a few at a time
 */
export const openPhoto = async <T>(
  bytes: Uint8Array,
  finish: (photo: Sharp) => Promise<T>,
  turn?: Turn,
): Promise<T> => {
  checkStart(bytes);
  return decodes.run(async () => {
    await checkSize(bytes);
    const photo = vips(bytes, { limitInputPixels: MAX_IMAGE_PIXELS, autoOrient: true })
      .timeout({ seconds: TIMEOUT_SECONDS })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb');
    return readable(finish(photo));
  }, turn);
};

const checkStart = (bytes: Uint8Array) => {
  if (bytes.length === 0) throw new ImageRefusal('image-empty', 'the image is empty: send the bytes of a photo');
  if (bytes.length > MAX_IMAGE_BYTES)
    throw new ImageRefusal(
      'image-too-large',
      `the image has ${bytes.length} bytes, at most ${MAX_IMAGE_BYTES} are taken: scale it down`,
    );
  if (photoType(bytes) === undefined)
    throw new ImageRefusal(
      'image-type',
      `the image is ${otherType(bytes) ?? 'of an unknown type'} by its content: send a JPEG, PNG or WebP`,
    );
};

/** By the header alone: nothing is decoded of an image that claims too much. */
const checkSize = async (bytes: Uint8Array) => {
  const { width, height } = await readable(vips(bytes, { limitInputPixels: false }).metadata());
  if (width * height > MAX_IMAGE_PIXELS)
    throw new ImageRefusal(
      'image-too-large',
      `the image has ${width} x ${height} pixels, at most ${MAX_IMAGE_PIXELS} are taken: scale it down`,
    );
};

const readable = async <T>(decoded: Promise<T>): Promise<T> => {
  try {
    return await decoded;
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n')[0] : String(error);
    if (reason?.startsWith('timeout'))
      throw new ImageRefusal('image-too-slow', 'the image takes too long to decode: save it anew, or smaller', error);
    throw new ImageRefusal('image-unreadable', `the image can't be decoded (${reason}): send an undamaged one`, error);
  }
};
