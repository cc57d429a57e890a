import type { ItemId } from '@offerstream/contracts';

export interface ScoredItem {
  readonly item: ItemId;
  /** Greater is better; what it means is the index's. */
  readonly score: number;
}
