import { rowCount, type LabelledRows } from './feature-rows.js';
import { featureScale, scaled } from './feature-scale.js';
import { priorsOf, unscaled, withBias, type Head } from './head.js';
import { minimise, type Slope } from './minimise.js';
import { openRowProducts } from './row-products.js';
import { fitTemperature } from './temperature.js';

/** What a head learns from, and what its settings are chosen on. */
export interface HeadTraining {
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
  readonly classes: number;
  /** Sizes of what the features are put together from. */
  readonly parts: readonly number[];
  /** Called before each setting that is tried. @param share what is done, 0 to 1 */
  readonly onProgress?: (share: number, note: string) => void;
  readonly signal?: AbortSignal;
}

/** From strong to weak: each begins where the last one ended. */
const REGULARISATIONS = [0.3, 0.1, 0.03, 0.01, 0.003];
const MAX_STEPS = 150;
const TOLERANCE = 1e-5;

/**
 * Multinomial logistic regression: the mean of −log P(label) and half of λ‖weights‖², minimised over all photos at once. λ and the
 * temperature are those by which the labels of the validation part are likeliest.
 *
 * @throws the signal's reason when it aborts
 */
export const trainLogisticHead = async (training: HeadTraining): Promise<Head> => {
  const { train, validation, classes, parts, onProgress, signal } = training;
  const scale = featureScale(train, parts);
  const products = await openRowProducts(scaled(train, scale), classes);
  const held = await openRowProducts(scaled(validation, scale), classes);
  const priors = priorsOf(train.labels, classes);
  try {
    let best: Head | undefined;
    let point: Float64Array = new Float64Array((train.dimensions + 1) * classes);
    for (const [place, regularisation] of REGULARISATIONS.entries()) {
      onProgress?.(place / REGULARISATIONS.length, `regularisation ${regularisation}`);
      point = await minimise({
        start: point,
        slopeAt: async (at) => {
          signal?.throwIfAborted();
          return slopeAt(at, { train, classes, regularisation, products });
        },
        maxSteps: MAX_STEPS,
        tolerance: TOLERANCE,
      });
      const { weights, bias } = cut(point, classes);
      const scores = withBias(await held.times(weights), bias);
      const { temperature, loss } = fitTemperature({ scores, labels: validation.labels }, new Float64Array(classes));
      if (best !== undefined && best.validationLoss <= loss) continue;
      const ofFeatures = unscaled({ weights, bias }, scale, temperature);
      best = {
        kind: 'logistic',
        weights: Float32Array.from(ofFeatures.weights),
        // What it learned is P(c | x): divided by P(c) it is P(x | c) / P(x).
        bias: Float32Array.from(ofFeatures.bias, (value, c) => value - Math.log(priors[c] as number)),
        priors,
        settings: { regularisation, temperature },
        validationLoss: loss,
      };
    }
    return best as Head;
  } finally {
    await products.close();
    await held.close();
  }
};

const slopeAt = async (
  point: Float64Array,
  {
    train,
    classes,
    regularisation,
    products,
  }: Pick<HeadTraining, 'train' | 'classes'> & {
    readonly regularisation: number;
    readonly products: Awaited<ReturnType<typeof openRowProducts>>;
  },
): Promise<Slope> => {
  const { weights, bias } = cut(point, classes);
  const scores = await products.times(weights);
  const count = rowCount(train);
  // Becomes (P(c | x) − [c is the label]) / N.
  const residuals = new Float64Array(scores.length);
  const gradient = new Float64Array(point.length);
  let value = 0;
  train.labels.forEach((label, row) => {
    const from = row * classes;
    let highest = -Infinity;
    for (let c = 0; c < classes; c++) {
      residuals[from + c] = (scores[from + c] as number) + (bias[c] as number);
      highest = Math.max(highest, residuals[from + c] as number);
    }
    const ofLabel = residuals[from + label] as number;
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      residuals[from + c] = Math.exp((residuals[from + c] as number) - highest);
      sum += residuals[from + c] as number;
    }
    value += (Math.log(sum) + highest - ofLabel) / count;
    for (let c = 0; c < classes; c++) {
      const residual = ((residuals[from + c] as number) / sum - (c === label ? 1 : 0)) / count;
      residuals[from + c] = residual;
      gradient[weights.length + c] = (gradient[weights.length + c] as number) + residual;
    }
  });
  const ofWeights = await products.transposedTimes(residuals);
  weights.forEach((weight, i) => {
    value += (regularisation / 2) * weight * weight;
    gradient[i] = (ofWeights[i] as number) + regularisation * weight;
  });
  return { value, gradient };
};

const cut = (
  point: Float64Array,
  classes: number,
): { readonly weights: Float64Array; readonly bias: Float64Array } => ({
  weights: point.subarray(0, point.length - classes),
  bias: point.subarray(point.length - classes),
});
