import type { TrainingProgress } from '../neural/training-options.js';

/**
 * How far the training of a network is, on one line.
 *
 * @param validated the held-out perplexity after the last epoch that has ended
 */
export const trainingNote = (
  { epoch, tokensPerSecond, trainPerplexity }: TrainingProgress,
  epochs: number,
  validated: number | undefined,
): string =>
  [
    `epoch ${epoch} of ${epochs}: ${Math.round(tokensPerSecond)} tokens/s`,
    ...(trainPerplexity === undefined ? [] : [`perplexity ${trainPerplexity.toFixed(1)}`]),
    ...(validated === undefined ? [] : [`held out ${validated.toFixed(1)}`]),
  ].join(', ');
