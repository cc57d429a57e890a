import type { MeterTerms } from './plan.js';

const PER_THOUSAND = 1_000n;

/**
 * What a month's units of a meter cost, in millionths of the currency: what exceeds the included units, each tier's part at its
 * price. Exact, and rounded once, half up.
 *
 * @throws RangeError when that is no safe integer
 */
export const amountMicros = ({ included, tiers }: MeterTerms, units: number): number => {
  const beyond = Math.max(0, units - included);
  let priced = 0;
  let thousandfold = 0n;
  for (const { upTo, pricePerThousandMicros } of tiers) {
    const end = Math.min(beyond, upTo ?? beyond);
    if (end <= priced) break;
    thousandfold += BigInt(end - priced) * BigInt(pricePerThousandMicros);
    priced = end;
  }
  const amount = Number((thousandfold + PER_THOUSAND / 2n) / PER_THOUSAND);
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${units} units cost more than can be counted.`);
  return amount;
};
