import type { RgbImage } from '../images/rgb-image.js';
import { histogramRoot } from './histogram-root.js';

const GRID = 4;
const HUES = 12;
const SATURATIONS = 6;
const VALUES = 8;

/** The grid's right half is folded onto its left one. */
const CELLS = (GRID * GRID) / 2;

export const COLOUR_DIMENSIONS = CELLS * (HUES + SATURATIONS + VALUES);

/**
 * Histograms of hue (each pixel by how colourful it is), saturation and value of HSV in a 4 x 4 grid. The mirrored image has the same ones.
 *
 * @returns of unit length
 */
export const colourHistograms = ({ width, height, data }: RgbImage): Float32Array => {
  const hues = new Float32Array(CELLS * HUES);
  const saturations = new Float32Array(CELLS * SATURATIONS);
  const values = new Float32Array(CELLS * VALUES);
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * GRID) / height);
    for (let x = 0; x < width; x++, at += 3) {
      const column = Math.floor((x * GRID) / width);
      const cell = (row * GRID) / 2 + Math.min(column, GRID - 1 - column);
      const { hue, saturation, value } = hsvOf(data[at] as number, data[at + 1] as number, data[at + 2] as number);
      count(hues, cell, HUES, hue, saturation * value);
      count(saturations, cell, SATURATIONS, saturation, 1);
      count(values, cell, VALUES, value, 1);
    }
  }
  const all = new Float32Array(COLOUR_DIMENSIONS);
  all.set(hues);
  all.set(saturations, hues.length);
  all.set(values, hues.length + saturations.length);
  return histogramRoot(all);
};

/** Each from 0 to 1. */
const hsvOf = (red: number, green: number, blue: number) => {
  const most = Math.max(red, green, blue);
  const spread = most - Math.min(red, green, blue);
  if (spread === 0) return { hue: 0, saturation: 0, value: most / 255 };
  const sixth =
    most === red
      ? ((green - blue) / spread + 6) % 6
      : most === green
        ? (blue - red) / spread + 2
        : (red - green) / spread + 4;
  return { hue: sixth / 6, saturation: spread / most, value: most / 255 };
};

const count = (histogram: Float32Array, cell: number, bins: number, share: number, weight: number) => {
  const at = cell * bins + Math.min(bins - 1, Math.floor(share * bins));
  histogram[at] = (histogram[at] as number) + weight;
};
