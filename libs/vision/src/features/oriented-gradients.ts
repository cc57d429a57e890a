import type { RgbImage } from '../images/rgb-image.js';
import { histogramRoot } from './histogram-root.js';

export interface GradientOptions {
  /** Side of a cell in pixels; the image has an even number of cells in a row. */
  readonly cell: number;
  /** Orientations that are told apart, over the full turn or over half of it; even for the full one. */
  readonly bins: number;
  /** Whether an edge from dark to light differs from one from light to dark. */
  readonly turn: 'full' | 'half';
}

/** The square root of each 8-bit value: it takes some of the light's strength out (Dalal and Triggs 2005, section 6.1). */
const GAMMA = Float32Array.from({ length: 256 }, (_, value) => Math.sqrt(value / 255));

export const gradientDimensions = (
  { width, height }: Pick<RgbImage, 'width' | 'height'>,
  { cell, bins }: GradientOptions,
) => (height / cell) * (width / cell / 2) * bins;

/**
 * Histograms of oriented gradients: in each cell, how strong the edges of each orientation are (Dalal and Triggs 2005). Each pixel counts
 * between the neighbouring cells and orientations. The mirrored image has the same histograms: the right half is folded onto the left one.
 *
 * @returns [rows of cells, half of the columns, bins], of unit length
 */
export const orientedGradients = (image: RgbImage, options: GradientOptions): Float32Array =>
  histogramRoot(fold(cellsOf(image, options), image.width / options.cell, options));

const cellsOf = (image: RgbImage, { cell, bins, turn }: GradientOptions): Float32Array => {
  const { width, height } = image;
  const columns = width / cell;
  const rows = height / cell;
  const cells = new Float32Array(rows * columns * bins);
  const binsPerRadian = bins / (turn === 'full' ? 2 * Math.PI : Math.PI);
  const add = (row: number, column: number, bin: number, weight: number) => {
    if (row < 0 || row >= rows || column < 0 || column >= columns) return;
    const at = (row * columns + column) * bins + (((bin % bins) + bins) % bins);
    cells[at] = (cells[at] as number) + weight;
  };
  for (let y = 1; y < height - 1; y++) {
    const downward = split((y + 0.5) / cell - 0.5);
    for (let x = 1; x < width - 1; x++) {
      const [across, along] = strongestGradient(image, x, y);
      const strength = Math.hypot(across, along);
      if (strength === 0) continue;
      const sideways = split((x + 0.5) / cell - 0.5);
      const round = split(Math.atan2(along, across) * binsPerRadian - 0.5);
      for (const [row, rowShare] of parts(downward))
        for (const [column, columnShare] of parts(sideways))
          for (const [bin, binShare] of parts(round))
            add(row, column, bin, strength * rowShare * columnShare * binShare);
    }
  }
  return cells;
};

interface Split {
  readonly below: number;
  readonly share: number;
}

const split = (position: number): Split => ({ below: Math.floor(position), share: position - Math.floor(position) });

const parts = ({ below, share }: Split) =>
  [
    [below, 1 - share],
    [below + 1, share],
  ] as const;

/** Of the colour that changes most. */
const strongestGradient = (
  { width, data }: RgbImage,
  x: number,
  y: number,
): readonly [across: number, along: number] => {
  let strongest: readonly [number, number] = [0, 0];
  let most = 0;
  for (let channel = 0; channel < 3; channel++) {
    const valueAt = (column: number, row: number) =>
      GAMMA[data[(row * width + column) * 3 + channel] as number] as number;
    const across = valueAt(x + 1, y) - valueAt(x - 1, y);
    const along = valueAt(x, y + 1) - valueAt(x, y - 1);
    const strength = across * across + along * along;
    if (strength <= most) continue;
    most = strength;
    strongest = [across, along];
  }
  return strongest;
};

/** Adds to each cell the one that is at its place in the mirror, where an edge at angle a is one at π - a. */
const fold = (cells: Float32Array, columns: number, { bins, turn }: GradientOptions): Float32Array => {
  const rows = cells.length / columns / bins;
  const folded = new Float32Array(cells.length / 2);
  const straight = turn === 'full' ? bins / 2 : bins;
  let to = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns / 2; column++)
      for (let bin = 0; bin < bins; bin++) {
        const here = (row * columns + column) * bins + bin;
        const mirrored = (row * columns + columns - 1 - column) * bins + ((straight - 1 - bin + bins) % bins);
        folded[to++] = (cells[here] as number) + (cells[mirrored] as number);
      }
  return folded;
};
