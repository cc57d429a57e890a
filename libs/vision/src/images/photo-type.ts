export type PhotoType = 'JPEG' | 'PNG' | 'WebP';

const PHOTOS: readonly (readonly [PhotoType, RegExp])[] = [
  ['JPEG', /^\xff\xd8\xff/],
  ['PNG', /^\x89PNG\r\n/],
  ['WebP', /^RIFF[^]{4}WEBP/],
];

/** What else is sent in place of a photo, so that the refusal can name it. */
const OTHERS: readonly (readonly [string, RegExp])[] = [
  ['a GIF', /^GIF8[79]a/],
  ['a HEIC photo', /^[^]{4}ftyp(?:hei|hev|mif1|msf1)/],
  ['an AVIF image', /^[^]{4}ftypavi/],
  ['a TIFF', /^(?:II\*\0|MM\0\*)/],
  ['a BMP', /^BM[^]{4}\0{4}/],
  ['a PDF', /^%PDF-/],
  ['a ZIP', /^PK[^ -~]{2}/],
  ['an SVG', /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^]*?)?(?:<!--[^]*?-->\s*)*(?:<!DOCTYPE svg|<svg)/i],
  ['text', /^[\t\n\r\x20-\x7e]+$/],
];

/** Long enough for the declaration that stands before an SVG. */
const START_BYTES = 512;

const startOf = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, START_BYTES)).toString('latin1');

/** By the content, whatever its name says; undefined for anything else. */
export const photoType = (bytes: Uint8Array): PhotoType | undefined => {
  const start = startOf(bytes);
  return PHOTOS.find(([, pattern]) => pattern.test(start))?.[0];
};

/** What the bytes are if they are no photo, as a message says it. */
export const otherType = (bytes: Uint8Array): string | undefined => {
  const start = startOf(bytes);
  return OTHERS.find(([, pattern]) => pattern.test(start))?.[0];
};
