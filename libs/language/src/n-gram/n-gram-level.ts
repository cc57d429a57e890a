import { find } from './find.js';
import type { CountedLevel } from './count-n-grams.js';
import { estimateDiscounts, type Discounts } from './discounts.js';

/**
 * What is stored of the n-grams of one length: 3 to 8 bytes an n-gram. Counts are stored as their rank among the distinct counts, which
 * loses nothing: a text of T words has at most √(2T) different ones, mostly fewer than 256.
 */
export interface StoredLevel {
  readonly words: Uint16Array;
  readonly ranks: Uint8Array | Uint16Array;
  /** Distinct counts, ascending. */
  readonly counts: Uint32Array;
  readonly discounts: Discounts;
  readonly children: Uint32Array;
}

export const packLevel = ({ words, counts, children }: CountedLevel): StoredLevel => {
  const distinct = Uint32Array.from(new Set(counts)).sort();
  const rankOf = new Map(Array.from(distinct, (count, rank) => [count, rank]));
  const ranks = new (distinct.length > 256 ? Uint16Array : Uint8Array)(counts.length);
  for (let nGram = 0; nGram < counts.length; nGram++) ranks[nGram] = rankOf.get(counts[nGram] as number) as number;
  return { words, ranks, counts: distinct, discounts: estimateDiscounts(counts), children };
};

/** Contexts with more next words have their sums looked up instead of added up. */
const WIDE = 16;

/** The n-grams of one length with what scoring looks up. */
export class NGramLevel {
  readonly words: Uint16Array;
  readonly ranks: Uint8Array | Uint16Array;
  readonly children: Uint32Array;
  /** By rank: the count and what the discount leaves of it. */
  readonly counts: Float64Array;
  readonly kept: Float64Array;

  constructor(readonly stored: StoredLevel) {
    this.words = stored.words;
    this.ranks = stored.ranks;
    this.children = stored.children;
    this.counts = Float64Array.from(stored.counts);
    this.kept = this.counts.map((count) =>
      count === 0 ? 0 : count - (stored.discounts[Math.min(count, 3) - 1] as number),
    );
  }

  /** Bytes of its tables. */
  get sizeBytes(): number {
    const { words, ranks, children } = this;
    return [words, ranks, children, this.counts, this.kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}

/** Contexts of one length: for each, over its next words, the sum of their counts and the share that the discounts took of it. */
export class ContextSums {
  readonly #wide: Uint32Array;
  readonly #totals: Float64Array;
  readonly #backoffs: Float64Array;
  /** Of the context that was looked up last. */
  total = 0;
  backoff = 1;

  constructor(
    readonly children: Uint32Array,
    readonly next: NGramLevel,
  ) {
    const contexts = children.length - 1;
    const isWide = (context: number): boolean => this.#width(context) > WIDE;
    let count = 0;
    for (let context = 0; context < contexts; context++) if (isWide(context)) count += 1;
    this.#wide = new Uint32Array(count);
    this.#totals = new Float64Array(count);
    this.#backoffs = new Float64Array(count);
    count = 0;
    for (let context = 0; context < contexts; context++) {
      if (!isWide(context)) continue;
      this.#addUp(context);
      this.#wide[count] = context;
      this.#totals[count] = this.total;
      this.#backoffs[count] = this.backoff;
      count += 1;
    }
  }

  get sizeBytes(): number {
    return this.#wide.byteLength + this.#totals.byteLength + this.#backoffs.byteLength;
  }

  /** Sets `total` and `backoff` to those of a context. */
  lookUp(context: number): void {
    if (this.#width(context) <= WIDE) {
      this.#addUp(context);
      return;
    }
    const at = find(this.#wide, context, 0, this.#wide.length);
    this.total = this.#totals[at] as number;
    this.backoff = this.#backoffs[at] as number;
  }

  #width(context: number): number {
    return (this.children[context + 1] as number) - (this.children[context] as number);
  }

  #addUp(context: number): void {
    const { ranks, counts, kept } = this.next;
    let total = 0;
    let left = 0;
    for (let at = this.children[context] as number; at < (this.children[context + 1] as number); at++) {
      const rank = ranks[at] as number;
      total += counts[rank] as number;
      left += kept[rank] as number;
    }
    this.total = total;
    this.backoff = total === 0 ? 1 : (total - left) / total;
  }
}
