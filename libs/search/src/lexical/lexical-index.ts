import type { ItemId } from '@offerstream/contracts';
import { Best } from '../best.js';
import type { ScoredItem } from '../scored-item.js';
import { Postings } from './postings.js';
import { HAS_DIGIT, wordsMeant } from './slips.js';
import { termsOf } from './terms.js';

/** What an item is found by. */
export interface ItemTexts {
  readonly title: string;
  readonly categories?: readonly string[];
}

/** A field's weight: how often a word would have to stand in a field of weight 1. And how much its length counts, from 0 to 1. */
export interface FieldWeight {
  readonly weight: number;
  readonly lengthNorm: number;
}

/** Title, categories. A word of a category is true of many items, and a long path is no less about each of its words. */
const FIELDS: readonly FieldWeight[] = [
  { weight: 2, lengthNorm: 0.75 },
  { weight: 1, lengthNorm: 0.25 },
];
/** How soon a word that stands there once more tells nothing more. */
const SATURATION = 1.2;
/** Words of a query that are looked up. */
const MAX_QUERY_TERMS = 16;
/** Of the words of a shop: scripts with thousands of characters are tried up to here. */
const MAX_ALPHABET = 128;
const BITS = 8;
const MAX_COUNT = (1 << BITS) - 1;

/**
 * Finds items by the words of their texts: BM25F (Robertson & Zaragoza 2009), any of the words. A word that stands in few items counts
 * more, as does one of the title; several fields' occurrences of a word are added up before they saturate. Lengths and numbers of items
 * are those of the moment, so that an item found is scored as if the index was made for the query.
 */
export class LexicalIndex {
  readonly #postings = new Map<string, Postings>();
  /** Of all words that there were; no digits, as another number is another thing. */
  readonly #alphabet = new Set<string>();
  /** By row; undefined where it is free. */
  readonly #items: (ItemId | undefined)[] = [];
  readonly #terms: (readonly string[])[] = [];
  /** [rows, fields]: words. */
  readonly #lengths: number[] = [];
  readonly #totals: number[] = FIELDS.map(() => 0);
  readonly #rows = new Map<ItemId, number>();
  readonly #free: number[] = [];
  /** By row, 0 between queries. */
  #scores = new Float64Array(1024);

  get size(): number {
    return this.#rows.size;
  }

  /** Adds an item or changes its texts. */
  setItem(item: ItemId, { title, categories = [] }: ItemTexts): void {
    this.removeItem(item);
    const row = this.#free.pop() ?? this.#items.length;
    const counts = new Map<string, number>();
    for (const [field, text] of [title, categories.join(' ')].entries()) {
      const terms = termsOf(text);
      for (const term of terms) counts.set(term, addOne(counts.get(term) ?? 0, field));
      this.#lengths[row * FIELDS.length + field] = terms.length;
      this.#totals[field] = (this.#totals[field] as number) + terms.length;
    }
    for (const [term, packed] of counts) {
      let postings = this.#postings.get(term);
      if (postings === undefined) {
        this.#postings.set(term, (postings = new Postings()));
        for (const character of term) {
          if (this.#alphabet.size < MAX_ALPHABET && !HAS_DIGIT.test(character)) this.#alphabet.add(character);
        }
      }
      postings.add(row, packed);
    }
    this.#items[row] = item;
    this.#terms[row] = [...counts.keys()];
    this.#rows.set(item, row);
    if (row >= this.#scores.length) this.#scores = new Float64Array(2 * this.#scores.length);
  }

  removeItem(item: ItemId): void {
    const row = this.#rows.get(item);
    if (row === undefined) return;
    for (const term of this.#terms[row] as readonly string[]) {
      const postings = this.#postings.get(term) as Postings;
      postings.remove(row);
      if (postings.length === 0) this.#postings.delete(term);
    }
    for (let field = 0; field < FIELDS.length; field++) {
      this.#totals[field] = (this.#totals[field] as number) - (this.#lengths[row * FIELDS.length + field] as number);
    }
    this.#items[row] = undefined;
    this.#terms[row] = [];
    this.#rows.delete(item);
    this.#free.push(row);
  }

  /** Whether a text's words are all known, of some item or as words that stand in texts of every kind. */
  knows(text: string): boolean {
    return termsOf(text).every((term) => this.#postings.has(term));
  }

  /**
   * Best first; nothing for stop words and a query without words. A word that no item has is taken for a slip: for all words that it may
   * have been meant for, and for nothing where there is none.
   *
   * @param accepts which items may be found
   */
  search(query: string, limit: number, accepts: (item: ItemId) => boolean = () => true): ScoredItem[] {
    const typed = [...new Set(termsOf(query))].slice(0, MAX_QUERY_TERMS);
    const terms = new Set(typed.flatMap((term) => this.#known(term)));
    const found: number[] = [];
    for (const term of terms) {
      const postings = this.#postings.get(term);
      if (postings !== undefined) this.#addScores(postings, found);
    }
    const best = new Best(limit);
    for (const row of found) {
      const score = this.#scores[row] as number;
      this.#scores[row] = 0;
      if (score > best.threshold && accepts(this.#items[row] as ItemId)) best.offer(row, score);
    }
    return best.sorted().map(({ id, score }) => ({ item: this.#items[id] as ItemId, score }));
  }

  #known(typed: string): string[] {
    return this.#postings.has(typed) ? [typed] : wordsMeant(typed, this.#alphabet, (word) => this.#postings.has(word));
  }

  /** @param found gets the rows that had no score before */
  #addScores({ rows, counts, length }: Postings, found: number[]): void {
    const items = this.#rows.size;
    // BM25's inverse document frequency, kept above 0.
    const rareness = Math.log(1 + (items - length + 0.5) / (length + 0.5));
    const meanLengths = this.#totals.map((total) => total / items);
    for (let at = 0; at < length; at++) {
      const row = rows[at] as number;
      const packed = counts[at] as number;
      let occurrences = 0;
      for (let field = 0; field < FIELDS.length; field++) {
        const count = (packed >>> (BITS * field)) & MAX_COUNT;
        if (count === 0) continue;
        const { weight, lengthNorm } = FIELDS[field] as FieldWeight;
        const relative = (this.#lengths[row * FIELDS.length + field] as number) / (meanLengths[field] as number);
        occurrences += (weight * count) / (1 - lengthNorm + lengthNorm * relative);
      }
      const score = this.#scores[row] as number;
      if (score === 0) found.push(row);
      this.#scores[row] = score + (rareness * occurrences) / (SATURATION + occurrences);
    }
  }
}

/** Occurrences in each field, packed into one number. */
const addOne = (packed: number, field: number): number =>
  ((packed >>> (BITS * field)) & MAX_COUNT) === MAX_COUNT ? packed : packed + (1 << (BITS * field));
