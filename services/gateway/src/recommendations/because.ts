import type { ActionName, ExplanationSource, ItemId, Strategy } from '@offerstream/contracts';

/** What speaks for an item: a past interaction, or an item that the page or cart shows. */
export interface Reason {
  readonly item: ItemId;
  readonly did: ActionName | 'see';
  /** What it added to the score. */
  readonly value: number;
}

/** What a source added to the score. */
export interface SourceValue {
  readonly source: ExplanationSource;
  readonly value: number;
}

const DEEDS: Readonly<Record<Reason['did'], (names: string) => string>> = {
  view: (names) => `viewed ${names}`,
  click: (names) => `looked at ${names}`,
  wishlist: (names) => `put ${names} on your wish list`,
  cart: (names) => `put ${names} into your cart`,
  purchase: (names) => `bought ${names}`,
  remove: (names) => `took ${names} out of your cart`,
  see: (names) => `see ${names}`,
};

const LIKENESS: Readonly<Record<ExplanationSource, string>> = {
  text: 'alike in words',
  image: 'alike in looks',
  category: 'of like kind',
  price: 'alike in price',
  behaviour: 'chosen by the same shoppers',
};

const MOST_NAMED = 2;
/** What adds less than this share of the strongest reason is not worth a name. */
const LEAST_SHARE = 0.2;
/** Of the strongest source: several add a little to nearly every item. */
const LEAST_SHARE_OF_SOURCE = 0.5;

/**
 * One plain sentence on why an item is there.
 *
 * @param nameOf how a person knows an item
 * @param sources where the likeness to what the shopper did comes from
 */
export const because = (
  offered: { readonly item: ItemId; readonly strategy: Strategy },
  reasons: readonly Reason[],
  nameOf: (item: ItemId) => string,
  sources: readonly SourceValue[] = [],
): string => {
  switch (offered.strategy) {
    case 'popular':
      return 'Popular in this shop.';
    case 'last':
      return 'From what was chosen for you last.';
    case 'personal': {
      const deeds = deedsOf(strongest(reasons), (item) => (item === offered.item ? 'this' : nameOf(item)));
      return deeds.length === 0
        ? 'Often chosen in this shop.'
        : `Because you ${deeds.join(' and ')}${likeness(sources)}.`;
    }
  }
};

const likeness = (sources: readonly SourceValue[]): string => {
  const sorted = [...sources].sort((a, b) => b.value - a.value);
  const least = (sorted[0]?.value ?? 0) * LEAST_SHARE_OF_SOURCE;
  const named = sorted.filter(({ value }) => value > 0 && value >= least).slice(0, MOST_NAMED);
  return named.length === 0 ? '' : `: ${named.map(({ source }) => LIKENESS[source]).join(' and ')}`;
};

/** Of each item its strongest reason, by what the item adds in all; those worth a name, the strongest first. */
const strongest = (reasons: readonly Reason[]): readonly Reason[] => {
  const byItem = Map.groupBy(reasons, ({ item }) => item);
  const summed = Array.from(byItem.values(), (ofItem) => ({
    reason: ofItem.reduce((best, reason) => (reason.value > best.value ? reason : best)),
    sum: ofItem.reduce((sum, { value }) => sum + value, 0),
  }))
    .filter(({ sum }) => sum > 0)
    .sort((a, b) => b.sum - a.sum);
  const least = (summed[0]?.sum ?? 0) * LEAST_SHARE;
  return summed
    .filter(({ sum }) => sum >= least)
    .slice(0, MOST_NAMED)
    .map(({ reason }) => reason);
};

const deedsOf = (reasons: readonly Reason[], nameOf: (item: ItemId) => string): string[] =>
  Array.from(
    Map.groupBy(reasons, ({ did }) => did),
    ([did, done]) => DEEDS[did](done.map(({ item }) => nameOf(item)).join(' and ')),
  );
