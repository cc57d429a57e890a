import { ACTION } from '@offerstream/contracts';
import type { InteractionLog } from './interaction-log.js';
import type { RankedCatalog } from './popularity.js';

/** Interactions of the tenant's mean that are mixed into an item's own. */
const SHRINKAGE = 20;

/**
 * The quality of each item in (0, 1]: its conversion (purchases an interaction), shrunk towards the tenant's mean, as the share
 * of items that are not better. An item without interactions has the mean's.
 */
export const itemQuality = (log: InteractionLog, catalog: RankedCatalog): Float32Array => {
  const purchases = new Float64Array(catalog.ids.length);
  const interactions = new Float64Array(catalog.ids.length);
  let allPurchases = 0;
  log.items.forEach((item, position) => {
    const row = catalog.rows[item] as number;
    interactions[row] = (interactions[row] as number) + 1;
    if (log.actions[position] !== ACTION.purchase) return;
    purchases[row] = (purchases[row] as number) + 1;
    allPurchases += 1;
  });
  const mean = log.items.length === 0 ? 0 : allPurchases / log.items.length;
  const conversion = purchases.map(
    (count, row) => (count + SHRINKAGE * mean) / ((interactions[row] as number) + SHRINKAGE),
  );
  const sorted = conversion.toSorted();
  return Float32Array.from(conversion, (value) => upperBound(sorted, value) / sorted.length);
};

/** The number of elements that are not above a value. */
const upperBound = (sorted: Float64Array, value: number): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
};
