export const MAX_IMAGE_BYTES = 20 * 2 ** 20;
export const MAX_IMAGE_PIXELS = 50_000_000;
