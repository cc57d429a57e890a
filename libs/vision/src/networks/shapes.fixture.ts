import type { RgbImage } from '../images/rgb-image.js';
import type { LabelledImages } from './image-batch.js';

/** What the shapes are. */
export const SHAPES = ['bar', 'disc', 'frame'] as const;

/** Bright shapes on dark noise, each somewhere else: shape by shape in turn. */
export const drawnShapes = (count: number, side: number, random: () => number): LabelledImages => {
  const labels = Array.from({ length: count }, (_, i) => i % SHAPES.length);
  return { labels, images: labels.map((label) => drawnShape(SHAPES[label] as Shape, side, random)) };
};

type Shape = (typeof SHAPES)[number];

const drawnShape = (shape: Shape, side: number, random: () => number): RgbImage => {
  const data = new Uint8Array(side * side * 3).map(() => Math.floor(60 * random()));
  const radius = side * (0.2 + 0.1 * random());
  const [middleX, middleY] = [0, 1].map(() => side / 2 + (random() - 0.5) * side * 0.3) as [number, number];
  const colour = [0, 1, 2].map(() => 150 + 100 * random());
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [across, down] = [Math.abs(x - middleX), Math.abs(y - middleY)];
      if (isInside(shape, across / radius, down / radius)) data.set(colour, 3 * (y * side + x));
    }
  }
  return { width: side, height: side, data };
};

/** @param across, down from the middle, in radii */
const isInside = (shape: Shape, across: number, down: number): boolean => {
  switch (shape) {
    case 'bar':
      return across < 1.2 && down < 0.35;
    case 'disc':
      return Math.hypot(across, down) < 1;
    case 'frame':
      return Math.max(across, down) < 1 && Math.max(across, down) > 0.6;
  }
};
