import type { Random } from '../initializers.js';

/**
 * A mask to feed and multiply with (Srivastava et al., JMLR 2014): 0 with probability `rate`, else 1 / (1 − rate), so that the mean stays.
 * Masks are fed because random operators inside a graph can't be resumed exactly.
 *
 * @param rate in 0 … 1, without 1
 */
export const dropoutMask = (count: number, rate: number, random: Random): Float32Array<ArrayBuffer> =>
  new Float32Array(count).map(() => (random() < rate ? 0 : 1 / (1 - rate)));
