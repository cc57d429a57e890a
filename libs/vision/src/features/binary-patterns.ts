import type { RgbImage } from '../images/rgb-image.js';
import { histogramRoot } from './histogram-root.js';

const GRID = 2;

/** Once around a pixel. */
const AROUND = [
  [-1, -1],
  [0, -1],
  [1, -1],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
] as const;

/** By how much a neighbour is lighter, of 255: less is noise. */
const NOISE = 5;

const CODES = 2 ** AROUND.length;

/** Patterns with at most two changes around the pixel, which are edges, corners and spots, count each for itself, all others together. */
const { patternOf, patterns } = (() => {
  const patternOf = new Uint8Array(CODES);
  let uniform = 0;
  const others: number[] = [];
  for (let code = 0; code < CODES; code++) {
    const turned = ((code << 1) | (code >> (AROUND.length - 1))) & (CODES - 1);
    const changes = (code ^ turned).toString(2).replaceAll('0', '').length;
    if (changes <= 2) patternOf[code] = uniform++;
    else others.push(code);
  }
  for (const code of others) patternOf[code] = uniform;
  return { patternOf, patterns: uniform + 1 };
})();

export const PATTERN_DIMENSIONS = GRID * GRID * patterns;

/**
 * Histograms of uniform local binary patterns, which tell textures apart, in a 2 x 2 grid (Ojala, Pietikäinen and Mäenpää 2002, section 2.3).
 *
 * @returns of unit length
 */
export const binaryPatterns = (image: RgbImage): Float32Array => {
  const { width, height } = image;
  const light = lightOf(image);
  const counts = new Float32Array(PATTERN_DIMENSIONS);
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const middle = (light[y * width + x] as number) + NOISE;
      let code = 0;
      for (const [right, down] of AROUND)
        code = (code << 1) | Number((light[(y + down) * width + x + right] as number) > middle);
      const cell = Math.floor((y * GRID) / height) * GRID + Math.floor((x * GRID) / width);
      const at = cell * patterns + (patternOf[code] as number);
      counts[at] = (counts[at] as number) + 1;
    }
  return histogramRoot(counts);
};

const lightOf = ({ width, height, data }: RgbImage) =>
  Float32Array.from(
    { length: width * height },
    (_, at) => ((data[3 * at] as number) + (data[3 * at + 1] as number) + (data[3 * at + 2] as number)) / 3,
  );
