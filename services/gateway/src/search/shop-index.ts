import type { ItemId } from '@offerstream/contracts';
import { acceptedBy, type DescribedItem } from '@offerstream/decisioning';
import {
  LexicalIndex,
  SuggestIndex,
  rankCompletions,
  whatIsMeant,
  wordsOf,
  type Habit,
  type ScoredItem,
  type ScoreWords,
  type Suggestion,
} from '@offerstream/search';
import type { PlacedVector, VectorSpace } from './vector-space.js';
import { VersionedIndex } from './versioned-index.js';

/** What search knows of an item. */
export type IndexedItem = Pick<DescribedItem, 'title' | 'categories' | 'available'>;

/** An item as it is; without a state it is deleted. */
export interface ItemChange {
  readonly id: ItemId;
  readonly state: IndexedItem | undefined;
}

/** What models made of an item; undefined where there is nothing to make it of. */
export interface VectorsOfItem {
  readonly item: ItemId;
  /** Of its title. */
  readonly text: PlacedVector | undefined;
  /** Of its picture. */
  readonly image: PlacedVector | undefined;
}

export interface FindRequest {
  readonly query: string;
  /** Of the query, and its space. */
  readonly vector?: PlacedVector | undefined;
  /** Of a photo, and its space. */
  readonly picture?: PlacedVector | undefined;
  /** Items of each kind of retrieval. */
  readonly limit: number;
  /** Path from the general to the special. */
  readonly category?: readonly string[] | undefined;
}

/** By the words, by the meaning, and by the look; best first. */
export interface Found {
  readonly lexical: readonly ScoredItem[];
  readonly vector: readonly ScoredItem[];
  /** Undefined where no item has a vector that can be compared with the photo's, or there is no photo. */
  readonly picture: readonly ScoredItem[] | undefined;
}

export interface AlikeRequest {
  /** What the items are to look like: a photo, or an item, which is not found itself. */
  readonly like: PlacedVector | ItemId;
  readonly limit: number;
  readonly category?: readonly string[] | undefined;
}

export interface Counts {
  /** How often something was searched for, the most frequent first. */
  readonly searches: ReadonlyMap<string, number>;
  /** How often an item is wanted. */
  readonly items: ReadonlyMap<ItemId, number>;
}

/** One shop's titles, what its shoppers search for, and its items' vectors; and what is found by them. */
export class ShopIndex {
  private readonly items = new Map<ItemId, IndexedItem>();
  private readonly lexical = new LexicalIndex();
  /** What shoppers typed is shown to others only in words that the shop itself uses: a name or an address is none of them. */
  private readonly completions = new SuggestIndex({
    scoreWords: NO_LANGUAGE_MODEL,
    mayShow: (word) => this.lexical.knows(word),
  });
  private readonly searchCounts = new Map<string, number>();
  private readonly itemCounts = new Map<ItemId, number>();
  private readonly texts = new VersionedIndex();
  private readonly pictures = new VersionedIndex();

  /** Vectors stay as they are: of one that is gone and comes back as it was, none is made again. */
  apply({ id, state }: ItemChange): void {
    if (state === undefined) this.items.delete(id);
    else this.items.set(id, state);
    if (state?.available === true && state.title !== undefined) {
      this.lexical.setItem(id, { title: state.title, categories: state.categories });
      this.completions.setItem(id, state.title);
    } else {
      this.lexical.removeItem(id);
      this.completions.removeItem(id);
    }
  }

  /** Replaces all counts. */
  setCounts({ searches, items }: Counts): void {
    replaceCounts(this.searchCounts, byWords(searches), (query, count) => this.completions.setSearches(query, count));
    replaceCounts(this.itemCounts, items, (item, count) => this.completions.setItemCount(item, count));
  }

  setScorer(scoreWords: ScoreWords = NO_LANGUAGE_MODEL): void {
    this.completions.setScorer(scoreWords);
  }

  /** In any order with the items. @returns the spaces of all titles' vectors, that of the most of them first */
  setVectors(items: readonly VectorsOfItem[]): readonly VectorSpace[] {
    for (const { item, text, image } of items) {
      this.texts.set(item, text);
      this.pictures.set(item, image);
    }
    return this.texts.spaces;
  }

  /** Undefined where no model has looked at the item, or the one that looked at the photo has looked at no item. */
  alike({ like, limit, category }: AlikeRequest): readonly ScoredItem[] | undefined {
    const vector = typeof like === 'string' ? this.pictures.vectorOf(like) : like;
    if (vector === undefined) return undefined;
    const accepts = this.acceptedIn(category);
    return this.pictures.nearest(vector, limit, (id) => id !== like && accepts(id));
  }

  /** @param habit of who types */
  complete(typed: string, limit: number, habit?: Habit): Suggestion[] {
    return rankCompletions(this.completions.completions(typed, limit), limit, habit);
  }

  find({ query, vector, picture, limit, category }: FindRequest): Found {
    const accepts = this.acceptedIn(category);
    const lexical = this.lexical.search(query, limit, accepts);
    const near = vector === undefined ? undefined : this.texts.nearest(vector, limit, accepts);
    return {
      lexical,
      vector: whatIsMeant(lexical, near ?? []),
      picture: picture === undefined ? undefined : this.pictures.nearest(picture, limit, accepts),
    };
  }

  private acceptedIn(category: readonly string[] | undefined): (id: ItemId) => boolean {
    const isInCategory = acceptedBy({ categories: category === undefined ? undefined : [category] });
    return (id) => {
      const item = this.items.get(id);
      return item?.available === true && (isInCategory?.(item as DescribedItem) ?? true);
    };
  }
}

const NO_LANGUAGE_MODEL: ScoreWords = () => 0;

/** Queries of the same words are one, spelled as the most frequent of them. */
const byWords = (searches: ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
  const spellings = new Map<string, string>();
  const sums = new Map<string, number>();
  for (const [query, count] of searches) {
    const words = wordsOf(query).folded.join(' ');
    const spelling = spellings.get(words) ?? query;
    spellings.set(words, spelling);
    sums.set(spelling, (sums.get(spelling) ?? 0) + count);
  }
  return sums;
};

/** Counts shrink all the time, and all alike: only what has changed by more than that is worth the work. */
const NOTICEABLE = 0.05;

const replaceCounts = <Key>(
  known: Map<Key, number>,
  counts: ReadonlyMap<Key, number>,
  set: (key: Key, count: number) => void,
): void => {
  for (const key of known.keys()) {
    if (counts.has(key)) continue;
    set(key, 0);
    known.delete(key);
  }
  for (const [key, count] of counts) {
    const before = known.get(key);
    if (before !== undefined && Math.abs(count - before) <= NOTICEABLE * before) continue;
    set(key, count);
    known.set(key, count);
  }
};
