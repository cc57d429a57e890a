import { VisionError } from '../errors.js';

/**
 * Bayes' rule: P(c | x) = P(x | c) P(c) / Σ P(x | k) P(k).
 *
 * @param logLikelihoods [C] of one photo, up to a number that all classes share
 * @param priors [C]; 0 for a class that can't be
 */
export const posterior = (logLikelihoods: ArrayLike<number>, priors: ArrayLike<number>): Float32Array => {
  const scores = Float64Array.from(
    { length: logLikelihoods.length },
    (_, c) => (logLikelihoods[c] as number) + Math.log(priors[c] as number),
  );
  const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const shares = scores.map((score) => Math.exp(score - highest));
  const sum = shares.reduce((total, share) => total + share, 0);
  return Float32Array.from(shares, (share) => share / sum);
};

/**
 * How often each class comes, where that is known of some: those keep their shares, and the others have what is left, in the proportions of
 * the model's own priors.
 *
 * @throws {VisionError} `bad-priors` where a class is unknown, or the shares can't be
 */
export const priorsWith = (
  { classes, priors }: { readonly classes: readonly string[]; readonly priors: readonly number[] },
  known: Readonly<Record<string, number>>,
): readonly number[] => {
  const shares = new Map(Object.entries(known));
  for (const [name, share] of shares) {
    if (!classes.includes(name)) {
      throw new VisionError('bad-priors', `There is no class "${name}"; there are: ${classes.join(', ')}.`);
    }
    if (!(share >= 0 && share <= 1)) {
      throw new VisionError('bad-priors', `The prior of "${name}" is ${share}: give a share from 0 to 1.`);
    }
  }
  const given = [...shares.values()].reduce((sum, share) => sum + share, 0);
  const others = classes.reduce((sum, name, c) => sum + (shares.has(name) ? 0 : (priors[c] as number)), 0);
  const fits = others === 0 ? Math.abs(given - 1) < ROUNDING : given < 1 + ROUNDING;
  if (!fits) {
    throw new VisionError(
      'bad-priors',
      `The priors sum to ${given}: ${others === 0 ? 'of all classes they are 1 together' : 'together they are 1 at most'}.`,
    );
  }
  const left = Math.max(0, 1 - given);
  return classes.map((name, c) => shares.get(name) ?? (left * (priors[c] as number)) / others);
};

/** By how much shares may miss 1. */
const ROUNDING = 1e-3;
