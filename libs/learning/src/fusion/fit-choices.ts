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
 * by Newton's steps along one weight after the other. Where features part the chosen from the others wholly, the curvature says little of
 * what lies a step away: a step that makes it worse is halved.
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
  const likelihood = (): number => {
    let sum = 0;
    for (let choice = 0; choice < choices; choice++) {
      softmax(scores, choice * candidates, chances);
      sum += Math.log(Math.max(chances[0] as number, Number.MIN_VALUE));
    }
    return sum;
  };
  const penalty = (): number =>
    (PRIOR_STRENGTH / 2) * weights.reduce((sum, weight, f) => sum + (weight - (expected[f] as number)) ** 2, 0);
  const move = (f: number, step: number): void => {
    weights[f] = (weights[f] as number) + step;
    for (let i = 0; i < scores.length; i++) {
      scores[i] = (scores[i] as number) + step * (values[i * features + f] as number);
    }
  };
  let best = likelihood() - penalty();
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
      let step = Math.max(-before, slope / curvature);
      move(f, step);
      let reached = likelihood() - penalty();
      while (reached < best && Math.abs(step) > SMALLEST_STEP) {
        step /= 2;
        move(f, -step);
        reached = likelihood() - penalty();
      }
      best = reached;
      largest = Math.max(largest, Math.abs(step));
    }
    if (largest < SMALLEST_STEP) break;
  }
  return { weights, logLikelihood: likelihood() / Math.max(1, choices) };
};

const softmax = (scores: Float64Array, start: number, chances: Float64Array): void => {
  let most = -Infinity;
  for (let c = 0; c < chances.length; c++) most = Math.max(most, scores[start + c] as number);
  let total = 0;
  for (let c = 0; c < chances.length; c++) total += chances[c] = Math.exp((scores[start + c] as number) - most);
  for (let c = 0; c < chances.length; c++) chances[c] = (chances[c] as number) / total;
};
