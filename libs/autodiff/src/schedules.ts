/** The learning rate of a step; the first is 1. */
export type Schedule = (step: number) => number;

export const constantRate =
  (rate: number): Schedule =>
  () =>
    rate;

/**
 * Rises in a line from 0 to `rate` over the first `warmUp` steps and falls along half a cosine to `last` at step `steps`, where it stays
 * (Loshchilov, Hutter, "SGDR", ICLR 2017, without restarts).
 */
export const warmUpThenCosine = ({
  rate,
  warmUp,
  steps,
  last = 0,
}: {
  readonly rate: number;
  readonly warmUp: number;
  readonly steps: number;
  /** Default 0. */
  readonly last?: number;
}): Schedule => {
  return (step) => {
    if (step <= warmUp) return (rate * step) / warmUp;
    const progress = Math.min(1, (step - warmUp) / (steps - warmUp));
    return last + ((rate - last) * (1 + Math.cos(Math.PI * progress))) / 2;
  };
};

/** `rate`, times `factor` after every `every` steps. */
export const steppedRate =
  ({ rate, factor, every }: { readonly rate: number; readonly factor: number; readonly every: number }): Schedule =>
  (step) =>
    rate * factor ** Math.floor((step - 1) / every);
