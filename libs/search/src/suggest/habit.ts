import type { ItemId } from '@offerstream/contracts';

/** What a shopper did with an item is worth half as much after this time: chosen on the validation part of `evaluateSuggest`. */
const HALF_LIFE_MS = 60 * 86_400_000;

export interface PastDeed {
  readonly item: ItemId;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** How often, and how lately, a shopper has touched an item: they come for the same again. */
export type Habit = ReadonlyMap<ItemId, number>;

export const habitOf = (past: Iterable<PastDeed>, nowMs: number): Habit => {
  const sums = new Map<ItemId, number>();
  for (const { item, atMs } of past) sums.set(item, (sums.get(item) ?? 0) + 2 ** ((atMs - nowMs) / HALF_LIFE_MS));
  return sums;
};
