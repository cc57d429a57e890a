import { UNKNOWN } from '@offerstream/language';

export interface SamplingOptions {
  /** 0: the likeliest word always. */
  readonly temperature: number;
  /** Only the likeliest words are drawn from, so many that they have this share together. */
  readonly topP: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Makes sure that a distribution never gives the unknown word: it has no text. */
export const withoutUnknown = (logProbabilities: Float32Array): void => {
  logProbabilities[UNKNOWN] = -Infinity;
};

/**
 * Draws a word.
 *
 * @param logProbabilities [V]; -Infinity for what must not come
 */
export const sampleWord = (logProbabilities: Float32Array, { temperature, topP, random }: SamplingOptions): number => {
  let likeliest = 0;
  for (let id = 1; id < logProbabilities.length; id++) {
    if ((logProbabilities[id] as number) > (logProbabilities[likeliest] as number)) likeliest = id;
  }
  if (temperature === 0) return likeliest;
  const highest = logProbabilities[likeliest] as number;
  const weights = new Float64Array(logProbabilities.length);
  for (let id = 0; id < weights.length; id++)
    weights[id] = Math.exp(((logProbabilities[id] as number) - highest) / temperature);
  if (topP < 1) keepNucleus(weights, topP);
  let left = random() * sumOf(weights);
  for (let id = 0; id < weights.length; id++) {
    left -= weights[id] as number;
    if (left < 0) return id;
  }
  return likeliest;
};

/**
 * Leaves the fewest words that have this share together, and those that are as likely as the last of them (Holtzman et al., "The curious
 * case of neural text degeneration", ICLR 2020).
 */
const keepNucleus = (weights: Float64Array, share: number): void => {
  const rising = weights.toSorted();
  let missing = share * sumOf(weights);
  let least = rising.length - 1;
  for (missing -= rising[least] as number; missing > 0 && least > 0; missing -= rising[least] as number) least -= 1;
  for (let id = 0; id < weights.length; id++) if ((weights[id] as number) < (rising[least] as number)) weights[id] = 0;
};

const sumOf = (weights: Float64Array): number => weights.reduce((sum, weight) => sum + weight, 0);
