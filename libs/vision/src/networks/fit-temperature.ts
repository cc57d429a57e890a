/** Logits of photos beside what they show. */
export interface MeasuredLogits {
  /** [N, C] */
  readonly logits: Float32Array;
  /** [N] */
  readonly labels: readonly number[];
}

const LOWEST = 0.05;
const HIGHEST = 20;
const STEPS = 40;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The number by which logits are divided so that their softmax is as sure as it is right (Guo et al., "On Calibration of Modern Neural
 * Networks", ICML 2017): the one of the least cross-entropy, which has a single minimum over log temperature, by golden section.
 */
export const fitTemperature = (measured: MeasuredLogits): number => {
  const loss = (logTemperature: number): number => crossEntropy(measured, Math.exp(logTemperature));
  let [low, high] = [Math.log(LOWEST), Math.log(HIGHEST)];
  for (let step = 0; step < STEPS; step++) {
    const reach = GOLDEN * (high - low);
    if (loss(high - reach) <= loss(low + reach)) high = low + reach;
    else low = high - reach;
  }
  return Math.exp((low + high) / 2);
};

/** Mean −log softmax(logits / temperature)[label], in nats. */
export const crossEntropy = ({ logits, labels }: MeasuredLogits, temperature = 1): number => {
  const classes = logits.length / labels.length;
  let sum = 0;
  labels.forEach((label, row) => {
    const scores = logits.subarray(row * classes, (row + 1) * classes).map((logit) => logit / temperature);
    const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
    const total = scores.reduce((shares, score) => shares + Math.exp(score - highest), 0);
    sum += highest + Math.log(total) - (scores[label] as number);
  });
  return sum / labels.length;
};
