import type { FeatureScale } from './feature-scale.js';

/** What is put on features: log P(x | c) of each class, up to a number that all share, is x · weights + bias. */
export interface Head {
  readonly kind: HeadKind;
  /** [F, C] */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  /** Of the classes where it learned, [C]. */
  readonly priors: readonly number[];
  readonly settings: Readonly<Record<string, number>>;
  /** The mean of −log P(label) on what is held out, on which the settings were chosen. */
  readonly validationLoss: number;
}

export const HEAD_KINDS = ['logistic', 'gaussian'] as const;
export type HeadKind = (typeof HEAD_KINDS)[number];

/** Shares of the labels, each class counted once more than it comes so that none is impossible. */
export const priorsOf = (labels: Uint16Array, classes: number): readonly number[] => {
  const counts = new Float64Array(classes).fill(1);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return Array.from(counts, (count) => count / (labels.length + classes));
};

/** Scores as a linear function of scaled features, made one of the features as they come, and divided by a temperature. */
export const unscaled = (
  { weights, bias }: { readonly weights: Float64Array; readonly bias: Float64Array },
  { mean, scale }: FeatureScale,
  temperature: number,
): { readonly weights: Float64Array; readonly bias: Float64Array } => {
  const classes = bias.length;
  const moved = bias.map((value) => value / temperature);
  const ofFeatures = weights.map((weight, at) => {
    const [f, c] = [Math.floor(at / classes), at % classes];
    const factor = (weight * (scale[f] as number)) / temperature;
    moved[c] = (moved[c] as number) - factor * (mean[f] as number);
    return factor;
  });
  return { weights: ofFeatures, bias: moved };
};

/** x · weights + bias, [N, C]. */
export const withBias = (products: Float32Array, bias: ArrayLike<number>): Float32Array =>
  products.map((value, at) => value + (bias[at % bias.length] as number));
