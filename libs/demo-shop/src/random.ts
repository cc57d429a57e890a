/** Draws that are the same for the same seed. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** Uniform among 0 to `count` - 1. */
  below(count: number): number;
  /** One of a list that is not empty. */
  pick<Value>(values: readonly Value[]): Value;
  /** An index, as often as its weight says; the last one when the weights are all 0. */
  weighted(weights: ArrayLike<number>): number;
  /** Standard normal (Box, Muller). */
  normal(): number;
}

// Called millions of times, where looking `Math` up anew takes longer than the arithmetic.
const { floor, imul } = Math;

/** Mulberry32. */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = imul(t ^ (t >>> 15), t | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (count: number): number => floor(next() * count);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value,
    weighted: (weights) => {
      let sum = 0;
      for (let index = 0; index < weights.length; index++) sum += weights[index] as number;
      let left = next() * sum;
      for (let index = 0; index < weights.length - 1; index++) {
        left -= weights[index] as number;
        if (left < 0) return index;
      }
      return weights.length - 1;
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
};

/** Draws like {@link Random.weighted} from many weights that stay the same. */
export const weightedChoice = (weights: readonly number[]): ((random: Random) => number) => {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (const [index, weight] of weights.entries()) sums[index] = sum += weight;
  return (random) => {
    const wanted = random.next() * sum;
    let [low, high] = [0, weights.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
};
