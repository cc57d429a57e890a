/** What is taken off the counts 1, 2, and 3 and more. */
export type Discounts = readonly [one: number, two: number, more: number];

/** For a text too small or too even to estimate them from: KenLM's `--discount_fallback`. */
const FALLBACK: Discounts = [0.5, 1, 1.5];

/**
 * The discounts of modified Kneser-Ney from the counts of counts (Chen & Goodman 1999, equation 26):
 * D_k = k - (k + 1) Y n_{k+1} / n_k with Y = n_1 / (n_1 + 2 n_2).
 */
export const estimateDiscounts = (counts: Uint32Array): Discounts => {
  const n = [0, 0, 0, 0, 0];
  for (const count of counts) if (count < n.length) n[count] = (n[count] as number) + 1;
  const [, n1, n2, n3, n4] = n as [number, number, number, number, number];
  const y = n1 / (n1 + 2 * n2);
  const discounts = [1 - 2 * y * (n2 / n1), 2 - 3 * y * (n3 / n2), 3 - 4 * y * (n4 / n3)] as const;
  return discounts.every((discount, index) => discount > 0 && discount <= index + 1) ? discounts : FALLBACK;
};
