import { rowCount, type FeatureRows, type LabelledRows } from './feature-rows.js';
import { featureScale, scaled } from './feature-scale.js';
import { priorsOf, unscaled, withBias, type Head } from './head.js';
import type { HeadTraining } from './logistic-head.js';
import { openRowProducts, type RowProducts } from './row-products.js';
import { fitTemperature } from './temperature.js';

const SHRINKAGES = [0.9, 0.7, 0.5, 0.3, 0.1];
const MAX_STEPS = 100;
const TOLERANCE = 1e-4;

/**
 * P(x | c) as a normal distribution of each class with one covariance for all, shrunk towards a multiple of the identity (Friedman,
 * "Regularized Discriminant Analysis", 1989): log P(x | c) = x · Σ⁻¹μ − μ · Σ⁻¹μ / 2, up to what all classes share. Σ is never made: its
 * products with vectors are those of the photos. The shrinkage and the temperature are those by which the labels of the validation part are
 * likeliest.
 *
 * @throws the signal's reason when it aborts
 */
export const trainGaussianHead = async (training: HeadTraining): Promise<Head> => {
  const { train, validation, classes, parts, onProgress, signal } = training;
  const scale = featureScale(train, parts);
  const rows = scaled(train, scale);
  const priors = priorsOf(train.labels, classes);
  const means = meansOf({ ...rows, labels: train.labels }, classes);
  const products = await openRowProducts(withoutMeans({ ...rows, labels: train.labels }, means, classes), classes);
  const held = await openRowProducts(scaled(validation, scale), classes);
  try {
    const spread = meanVariance(withoutMeans({ ...rows, labels: train.labels }, means, classes));
    let best: Head | undefined;
    let weights: Float64Array = new Float64Array(means.length);
    for (const [place, shrinkage] of SHRINKAGES.entries()) {
      onProgress?.(place / SHRINKAGES.length, `shrinkage ${shrinkage}`);
      signal?.throwIfAborted();
      weights = await solve(weights, means, classes, covarianceTimes(products, rowCount(train), { shrinkage, spread }));
      const bias = new Float64Array(classes);
      weights.forEach((weight, at) => {
        bias[at % classes] = (bias[at % classes] as number) - (weight * (means[at] as number)) / 2;
      });
      const scores = withBias(await held.times(weights), bias);
      const logPriors = priors.map(Math.log);
      const { temperature, loss } = fitTemperature({ scores, labels: validation.labels }, logPriors);
      if (best !== undefined && best.validationLoss <= loss) continue;
      const ofFeatures = unscaled({ weights, bias }, scale, temperature);
      best = {
        kind: 'gaussian',
        weights: Float32Array.from(ofFeatures.weights),
        bias: Float32Array.from(ofFeatures.bias),
        priors,
        settings: { shrinkage, temperature },
        validationLoss: loss,
      };
    }
    return best as Head;
  } finally {
    await products.close();
    await held.close();
  }
};

/** [F, C] */
const meansOf = ({ data, dimensions, labels }: LabelledRows, classes: number): Float64Array => {
  const counts = new Float64Array(classes);
  const sums = new Float64Array(dimensions * classes);
  labels.forEach((label, row) => {
    counts[label] = (counts[label] as number) + 1;
    for (let f = 0; f < dimensions; f++) {
      const at = f * classes + label;
      sums[at] = (sums[at] as number) + (data[row * dimensions + f] as number);
    }
  });
  return sums.map((sum, at) => sum / Math.max(1, counts[at % classes] as number));
};

const withoutMeans = (
  { data, dimensions, labels }: LabelledRows,
  means: Float64Array,
  classes: number,
): FeatureRows => ({
  dimensions,
  data: data.map((value, at) => {
    const [row, f] = [Math.floor(at / dimensions), at % dimensions];
    return value - (means[f * classes + (labels[row] as number)] as number);
  }),
});

const meanVariance = ({ data }: FeatureRows): number =>
  data.reduce((sum, value) => sum + value * value, 0) / data.length;

type Times = (v: Float64Array) => Promise<Float64Array>;

const covarianceTimes =
  (
    products: RowProducts,
    count: number,
    { shrinkage, spread }: { readonly shrinkage: number; readonly spread: number },
  ): Times =>
  async (v) => {
    const ofPhotos = await products.transposedTimes(await products.times(v));
    return v.map((value, i) => ((1 - shrinkage) * (ofPhotos[i] as number)) / count + shrinkage * spread * value);
  };

/** Solves A · x = b for each of the columns, A positive definite, by conjugate gradients. @param start of x, as b [F, C] */
const solve = async (start: Float64Array, b: Float64Array, columns: number, times: Times): Promise<Float64Array> => {
  const x = start.slice();
  const ofStart = await times(x);
  const residual = b.map((value, i) => value - (ofStart[i] as number));
  let direction = residual.slice();
  let squares = columnDots(residual, residual, columns);
  const enough = columnDots(b, b, columns).map((square) => square * TOLERANCE ** 2);
  for (let step = 0; step < MAX_STEPS; step++) {
    if (squares.every((square, c) => square <= (enough[c] as number))) break;
    const moved = await times(direction);
    const steep = columnDots(direction, moved, columns);
    const lengths = squares.map((square, c) => (steep[c] === 0 ? 0 : square / (steep[c] as number)));
    for (let i = 0; i < x.length; i++) {
      const length = lengths[i % columns] as number;
      x[i] = (x[i] as number) + length * (direction[i] as number);
      residual[i] = (residual[i] as number) - length * (moved[i] as number);
    }
    const next = columnDots(residual, residual, columns);
    const before = squares;
    direction = direction.map((value, i) => {
      const c = i % columns;
      const keep = before[c] === 0 ? 0 : (next[c] as number) / (before[c] as number);
      return (residual[i] as number) + keep * value;
    });
    squares = next;
  }
  return x;
};

const columnDots = (a: Float64Array, b: Float64Array, columns: number): Float64Array => {
  const dots = new Float64Array(columns);
  for (let i = 0; i < a.length; i++)
    dots[i % columns] = (dots[i % columns] as number) + (a[i] as number) * (b[i] as number);
  return dots;
};
