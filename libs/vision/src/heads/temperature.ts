/** Scores of photos, [N, C], and what they are of. */
export interface LabelledScores {
  readonly scores: Float32Array;
  readonly labels: Uint16Array;
}

const HOTTEST = 20;
const COLDEST = 1 / 20;
const STEPS = 60;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * By what scores are to be divided so that their softmax says how sure one may be (Guo et al., "On Calibration of Modern Neural Networks",
 * ICML 2017): what makes the labels likeliest, by golden-section search.
 *
 * @param offsets [C] added to the scores after the division
 */
export const fitTemperature = (held: LabelledScores, offsets: ArrayLike<number>): Temperature => {
  const loss = (logTemperature: number): number => logLoss(held, Math.exp(logTemperature), offsets);
  let [low, high] = [Math.log(COLDEST), Math.log(HOTTEST)];
  for (let step = 0; step < STEPS; step++) {
    const [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (loss(left) < loss(right)) high = right;
    else low = left;
  }
  const temperature = Math.exp((low + high) / 2);
  return { temperature, loss: logLoss(held, temperature, offsets) };
};

export interface Temperature {
  readonly temperature: number;
  /** The mean of −log P(label). */
  readonly loss: number;
}

/** The mean of −log P(label), by softmax of the scores over the temperature, plus the offsets. */
export const logLoss = (
  { scores, labels }: LabelledScores,
  temperature: number,
  offsets: ArrayLike<number>,
): number => {
  const classes = offsets.length;
  let sum = 0;
  labels.forEach((label, row) => {
    const of = (c: number): number => (scores[row * classes + c] as number) / temperature + (offsets[c] as number);
    let highest = -Infinity;
    for (let c = 0; c < classes; c++) highest = Math.max(highest, of(c));
    let total = 0;
    for (let c = 0; c < classes; c++) total += Math.exp(of(c) - highest);
    sum += Math.log(total) + highest - of(label);
  });
  return sum / labels.length;
};
