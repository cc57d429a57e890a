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
  const weights = Float64Array.from(logProbabilities, (score) => Math.exp((score - highest) / temperature));
  const ids = topP < 1 ? nucleus(weights, topP) : weights.keys();
  const candidates = [...ids];
  let left = random() * candidates.reduce((sum, id) => sum + (weights[id] as number), 0);
  for (const id of candidates) {
    left -= weights[id] as number;
    if (left < 0) return id;
  }
  return likeliest;
};

/** The fewest words that have this share together (Holtzman et al., "The curious case of neural text degeneration", ICLR 2020). */
const nucleus = (weights: Float64Array, share: number): readonly number[] => {
  const ranked = [...weights.keys()].sort((one, other) => (weights[other] as number) - (weights[one] as number));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  let kept = 0;
  while (kept < ranked.length && (kept === 0 || sum < share * total))
    sum += weights[ranked[kept++] as number] as number;
  return ranked.slice(0, kept);
};
