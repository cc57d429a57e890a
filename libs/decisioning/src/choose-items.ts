import type { ItemId, Strategy } from '@offerstream/contracts';

/** An item with its score in the list that it comes from. */
export interface Candidate {
  readonly item: ItemId;
  readonly score: number;
}

export interface ChosenItem extends Candidate {
  readonly strategy: Strategy;
}

/** What there is to choose from; a list is asked for only when the ones before it left slots open. */
export interface Choice {
  readonly slots: number;
  /** The model's ranking for this shopper, best first; undefined when no model could answer. */
  readonly personal: Iterable<Candidate> | undefined;
  /** The shopper's last ranking. */
  readonly last: () => Iterable<Candidate>;
  /** The tenant's popular items, best first. */
  readonly popular: () => Iterable<Candidate>;
  readonly isAvailable: (item: ItemId) => boolean;
}

/**
 * Fills the slots in the order personal, last, popular: the last ranking stands in for a personal one, popular items stand in
 * for both and fill what is left open. Nothing unavailable, nothing twice.
 */
export const chooseItems = (choice: Choice): ChosenItem[] => {
  const chosen: ChosenItem[] = [];
  const taken = new Set<ItemId>();
  const fill = (candidates: Iterable<Candidate>, strategy: Strategy): void => {
    if (chosen.length === choice.slots) return;
    for (const { item, score } of candidates) {
      if (taken.has(item) || !choice.isAvailable(item)) continue;
      taken.add(item);
      chosen.push({ item, score, strategy });
      if (chosen.length === choice.slots) return;
    }
  };
  if (choice.personal === undefined) fill(choice.last(), 'last');
  else fill(choice.personal, 'personal');
  if (chosen.length < choice.slots) fill(choice.popular(), 'popular');
  return chosen;
};
