import type { Tensors } from '@offerstream/onnx-runtime';
import type { RgbImage } from '../images/rgb-image.js';
import { IMAGE_MODEL } from '../stored/image-model-description.js';

/** Input of a training graph, [B] int64. */
export const LABELS = 'labels';

export interface LabelledImages {
  /** All of the network's own width and height. */
  readonly images: readonly RgbImage[];
  /** By image, the position of its class. */
  readonly labels: readonly number[];
}

export interface Augmentation {
  /** Whether half of the images are turned left to right. */
  readonly flip: boolean;
  /** Images are moved by up to this share of their width and height; what comes in at an edge is that edge's last pixel, repeated. */
  readonly shift: number;
}

/** Images as they are. */
export const pixelsOf = ({ images }: LabelledImages, rows: readonly number[]): Tensors =>
  batchOf(images, rows, (image, out) => out.set(image.data));

/**
 * Images changed a little, so that a network does not learn them by heart, and their labels.
 *
 * @param random draws the changes, in the order of the rows
 */
export const augmentedBatch = (
  { images, labels }: LabelledImages,
  rows: readonly number[],
  { flip, shift }: Augmentation,
  random: () => number,
): Tensors => ({
  ...batchOf(images, rows, (image, out) => {
    const by = (size: number): number => Math.round((2 * random() - 1) * shift * size);
    const right = by(image.width);
    const down = by(image.height);
    moved(image, { right, down, turned: random() < 0.5 && flip }, out);
  }),
  [LABELS]: {
    dtype: 'int64',
    dims: [rows.length],
    data: BigInt64Array.from(rows, (row) => BigInt(labels[row] as number)),
  },
});

const batchOf = (
  images: readonly RgbImage[],
  rows: readonly number[],
  put: (image: RgbImage, out: Uint8Array) => void,
): Tensors => {
  const { width, height } = images[0] as RgbImage;
  const size = width * height * 3;
  const data = new Uint8Array(rows.length * size);
  rows.forEach((row, i) => put(images[row] as RgbImage, data.subarray(i * size, (i + 1) * size)));
  return { [IMAGE_MODEL.pixels]: { dtype: 'uint8', dims: [rows.length, height, width, 3], data } };
};

interface Move {
  /** Left to right. */
  readonly turned: boolean;
  /** Pixels. */
  readonly right: number;
  readonly down: number;
}

const moved = ({ width, height, data }: RgbImage, { turned, right, down }: Move, out: Uint8Array): void => {
  const within = (place: number, size: number): number => Math.max(0, Math.min(size - 1, place));
  for (let row = 0; row < height; row++) {
    const from = within(row - down, height) * width;
    for (let column = 0; column < width; column++) {
      const place = within(column - right, width);
      const at = 3 * (from + (turned ? width - 1 - place : place));
      const to = 3 * (row * width + column);
      out[to] = data[at] as number;
      out[to + 1] = data[at + 1] as number;
      out[to + 2] = data[at + 2] as number;
    }
  }
};
