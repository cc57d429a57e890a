/** What was chosen of some candidates, and what speaks for each of them. */
export interface Choices {
  readonly candidates: number;
  readonly features: number;
  /** [choices, candidates, features]; the first candidate is the one that was chosen. */
  readonly values: Float32Array;
  /** [choices, candidates]: what is given for each candidate beside the features; left out, nothing. */
  readonly given?: Float32Array;
}

export interface FittedChoices {
  readonly weights: readonly number[];
  /** Mean of the logarithm of the probability of what was chosen. */
  readonly logLikelihood: number;
}

const SWEEPS = 40;
/** A weight is kept near what is expected as if by so many choices of unit curvature. */
const PRIOR_STRENGTH = 5;
const SMALLEST_STEP = 1e-4;

/**
 * Weights, none below 0, with which a softmax over weighted features foretells best what is chosen (McFadden's conditional logit, 1974),
 * by Newton's steps along one weight after the other.
 *
 * @param expected the weights where nothing is chosen
 */
export const fitChoices = (
  { candidates, features, values, given }: Choices,
  expected: readonly number[],
): FittedChoices => {
  const choices = values.length / (candidates * features);
  const weights = [...expected];
  const scores = new Float64Array(choices * candidates);
  for (let i = 0; i < scores.length; i++) {
    let score = given?.[i] ?? 0;
    for (let f = 0; f < features; f++) score += (weights[f] as number) * (values[i * features + f] as number);
    scores[i] = score;
  }
  const chances = new Float64Array(candidates);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let largest = 0;
    for (let f = 0; f < features; f++) {
      const before = weights[f] as number;
      let slope = -PRIOR_STRENGTH * (before - (expected[f] as number));
      let curvature = PRIOR_STRENGTH;
      for (let choice = 0; choice < choices; choice++) {
        softmax(scores, choice * candidates, chances);
        let mean = 0;
        let square = 0;
        for (let c = 0; c < candidates; c++) {
          const value = values[(choice * candidates + c) * features + f] as number;
          mean += (chances[c] as number) * value;
          square += (chances[c] as number) * value * value;
        }
        slope += (values[choice * candidates * features + f] as number) - mean;
        curvature += square - mean * mean;
      }
      const after = Math.max(0, before + slope / curvature);
      weights[f] = after;
      largest = Math.max(largest, Math.abs(after - before));
      for (let i = 0; i < scores.length; i++) {
        scores[i] = (scores[i] as number) + (after - before) * (values[i * features + f] as number);
      }
    }
    if (largest < SMALLEST_STEP) break;
  }
  let sum = 0;
  for (let choice = 0; choice < choices; choice++) {
    softmax(scores, choice * candidates, chances);
    sum += Math.log(Math.max(chances[0] as number, Number.MIN_VALUE));
  }
  return { weights, logLikelihood: sum / Math.max(1, choices) };
};

const softmax = (scores: Float64Array, start: number, chances: Float64Array): void => {
  let most = -Infinity;
  for (let c = 0; c < chances.length; c++) most = Math.max(most, scores[start + c] as number);
  let total = 0;
  for (let c = 0; c < chances.length; c++) total += chances[c] = Math.exp((scores[start + c] as number) - most);
  for (let c = 0; c < chances.length; c++) chances[c] = (chances[c] as number) / total;
};
