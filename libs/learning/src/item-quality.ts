import { ACTION } from '@offerstream/contracts';
import type { InteractionLog } from './interaction-log.js';
import type { RankedCatalog } from './popularity.js';

/** Interactions of the tenant's mean that are mixed into an item's own. */
const SHRINKAGE = 20;

export interface ItemQuality {
  /** [items], in (0, 1] */
  readonly ofItems: Float32Array;
  /** That of an item without interactions. */
  readonly ofUntouched: number;
}

/**
 * The quality of each item: its conversion (purchases an interaction), shrunk towards the tenant's mean, as the share of items that are
 * not better. An item without interactions has the mean's.
 */
export const itemQuality = (log: InteractionLog, catalog: RankedCatalog): ItemQuality => {
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
  const conversionOf = (bought: number, touched: number): number => (bought + SHRINKAGE * mean) / (touched + SHRINKAGE);
  const conversion = purchases.map((count, row) => conversionOf(count, interactions[row] as number));
  const sorted = conversion.toSorted();
  const quality = (value: number): number => upperBound(sorted, value) / Math.max(1, sorted.length);
  return { ofItems: Float32Array.from(conversion, quality), ofUntouched: quality(conversionOf(0, 0)) };
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
