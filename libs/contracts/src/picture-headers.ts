import { z } from 'zod';
import type { KafkaHeaders } from './cloud-events.js';

/** Longest side of a picture on `pictures`, in pixels. */
export const PICTURE_SIDE = 256;
/** A picture on `pictures` has fewer bytes, so that the topic holds a large catalog. */
export const MAX_PICTURE_BYTES = 100 * 1024;

/** Headers of `pictures`, key = tenant:item. The value is the bytes of a JPEG; a tombstone where the item has no picture any more. */
export const pictureHeadersSchema = z.looseObject({
  'content-type': z.literal('image/jpeg'),
  /** Of the value, in hexadecimal digits: whoever has made something of these bytes already can tell. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** @param sha256 of the JPEG's bytes, in hexadecimal digits */
export const pictureHeaders = (sha256: string): KafkaHeaders => ({
  'content-type': 'image/jpeg',
  sha256,
});
