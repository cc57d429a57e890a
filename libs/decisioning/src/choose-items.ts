import type { Strategy } from '@offerstream/contracts';

/** What decisions need to know of an item. Equal items are one object. */
export interface Offerable {
  readonly available: boolean;
}

/** An item with its score in the list that it comes from. */
export interface Candidate<Item extends Offerable> {
  readonly item: Item;
  readonly score: number;
}

export interface ChosenItem<Item extends Offerable> extends Candidate<Item> {
  readonly strategy: Strategy;
}

/** What there is to choose from; a list is asked for only when the ones before it left slots open. */
export interface Choice<Item extends Offerable> {
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
 * for both and fill what is left open. Nothing unavailable, nothing twice.
 */
export const chooseItems = <Item extends Offerable>(choice: Choice<Item>): ChosenItem<Item>[] => {
  const chosen: ChosenItem<Item>[] = [];
  const taken = new Set<Item>();
  const fill = (candidates: Iterable<Candidate<Item>>, strategy: Strategy): void => {
    for (const { item, score } of candidates) {
      if (!item.available || taken.has(item)) continue;
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
