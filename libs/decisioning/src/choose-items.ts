import type { Strategy } from '@offerstream/contracts';

/** What decisions need to know of an item. Equal items are one object. */
export interface Offerable {
  readonly available: boolean;
}

/** An item with its score in the list that it comes from. */
export interface Candidate<Item> {
  readonly item: Item;
  readonly score: number;
}

export interface ChosenItem<Item> extends Candidate<Item> {
  readonly strategy: Strategy;
}

/** What whoever asks for items may want of them beyond their availability. */
export interface Wishes<Item> {
  /** Items that it refuses are chosen from no list. */
  readonly accepts?: ((item: Item) => boolean) | undefined;
  /** Puts what may be chosen of the personal ranking into another order. */
  readonly reorder?: ((candidates: readonly Candidate<Item>[]) => Iterable<Candidate<Item>>) | undefined;
}

/** What there is to choose from; a list is asked for only when the ones before it left slots open. */
export interface Choice<Item extends Offerable> extends Wishes<Item> {
  readonly slots: number;
  /** The model's ranking for this shopper, best first; undefined when no model could answer. */
  readonly personal: Iterable<Candidate<Item>> | undefined;
  /** The shopper's last ranking. */
  readonly last: () => Iterable<Candidate<Item>>;
  /** The tenant's popular items, best first. */
  readonly popular: () => Iterable<Candidate<Item>>;
}

/**
 * Fills the slots in the order personal, last, popular: the last ranking stands in for a personal one, popular items stand in
 * for both and fill what is left open. Nothing unavailable, nothing refused, nothing twice.
 */
export const chooseItems = <Item extends Offerable>(choice: Choice<Item>): ChosenItem<Item>[] => {
  const { slots, personal, accepts, reorder } = choice;
  const chosen: ChosenItem<Item>[] = [];
  const taken = new Set<Item>();
  const isEligible = (item: Item): boolean => item.available && (accepts === undefined || accepts(item));
  const fill = (candidates: Iterable<Candidate<Item>>, strategy: Strategy): void => {
    for (const { item, score } of candidates) {
      if (!isEligible(item) || taken.has(item)) continue;
      taken.add(item);
      chosen.push({ item, score, strategy });
      if (chosen.length === slots) return;
    }
  };
  if (personal === undefined) fill(choice.last(), 'last');
  else if (reorder === undefined) fill(personal, 'personal');
  else fill(reorder(Array.from(personal).filter(({ item }) => isEligible(item))), 'personal');
  if (chosen.length < slots) fill(choice.popular(), 'popular');
  return chosen;
};
