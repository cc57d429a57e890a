import { SeededRandom } from '@offerstream/autodiff';
import type { LabelledRows } from './feature-rows.js';

/** A number of a normal distribution, about: the sum of twelve draws. */
const normal = (random: () => number): number => {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
};

/** Classes that lie in different directions, with noise; the first one comes twice as often as each of the others. */
export const cloud = ({
  seed,
  count,
  classes,
  dimensions,
  noise,
}: Readonly<Record<'seed' | 'count' | 'classes' | 'dimensions' | 'noise', number>>): LabelledRows => {
  const random = new SeededRandom(seed).next;
  const labels = Uint16Array.from({ length: count }, () => Math.max(0, Math.floor(random() * (classes + 1)) - 1));
  const data = new Float32Array(count * dimensions);
  labels.forEach((label, row) => {
    for (let d = 0; d < dimensions; d++) data[row * dimensions + d] = (d === label ? 1 : 0) + noise * normal(random);
  });
  return { data, dimensions, labels };
};
