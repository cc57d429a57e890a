import type { ItemId } from '@offerstream/contracts';
import type { Affinity } from './rank-completions.js';

/** What a shopper is drawn to, by what they bought. */
export type Taste = (bought: Iterable<ItemId>) => Affinity;

/**
 * The cosine of a shopper's vector and an item's. An item's vector says who bought it, a shopper's is the sum of the unit vectors of what
 * they bought: item-to-item neighbours (Sarwar et al. 2001), in [0, 1].
 *
 * @param baskets what each shopper bought
 */
export const neighbourTaste = (baskets: Iterable<ReadonlySet<ItemId>>): Taste => {
  const numbers = new Map<ItemId, number>();
  const rows = Array.from(baskets, (basket) =>
    Array.from(basket, (item) => {
      const number = numbers.get(item) ?? numbers.size;
      numbers.set(item, number);
      return number;
    }),
  );
  const size = numbers.size;
  const cosines = new Float32Array(size * size);
  for (const row of rows) {
    for (const i of row) for (const j of row) cosines[i * size + j] = (cosines[i * size + j] as number) + 1;
  }
  const lengths = Float64Array.from({ length: size }, (_, i) => Math.sqrt(cosines[i * size + i] as number));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      cosines[i * size + j] = (cosines[i * size + j] as number) / ((lengths[i] as number) * (lengths[j] as number));
    }
  }
  return (bought) => {
    const times = new Map<number, number>();
    for (const item of bought) {
      const number = numbers.get(item);
      if (number !== undefined) times.set(number, (times.get(number) ?? 0) + 1);
    }
    const product = (item: number): number => {
      let sum = 0;
      for (const [other, count] of times) sum += count * (cosines[item * size + other] as number);
      return sum;
    };
    let square = 0;
    for (const [item, count] of times) square += count * product(item);
    const length = Math.sqrt(square);
    return (item) => {
      const number = numbers.get(item);
      return number === undefined || length === 0 ? 0 : product(number) / length;
    };
  };
};
