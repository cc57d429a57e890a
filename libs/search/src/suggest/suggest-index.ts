import type { ItemId } from '@offerstream/contracts';
import { Best } from '../best.js';
import { wordsOf } from '../text/words.js';
import { DecayedCounts } from './decayed-counts.js';
import { Phrases, type Phrase } from './phrases.js';
import { TextTable } from './text-table.js';
import { readingsOf, readTyped, type Reading } from './typed.js';
import { startOf, textOf } from './word-positions.js';

/** Mean log-probability of some words and the end after them under a language model, in nats. */
export type ScoreWords = (words: readonly string[]) => number;

/** How much a shopper is drawn to an item; 0 where nothing is known. */
export type Affinity = (item: ItemId) => number;

/** What speaks for a completion, or how much each counts. */
export interface SuggestFeatures {
  /** log(1 + count). */
  readonly popularity: number;
  /** See {@link ScoreWords}. */
  readonly language: number;
  /** The mean affinity to the titles behind it. */
  readonly taste: number;
}

export interface SuggestOptions {
  readonly scoreWords: ScoreWords;
  /** Default {@link SUGGEST_WEIGHTS}. */
  readonly weights?: SuggestFeatures;
  /** A count halves in this time. Default {@link COUNT_HALF_LIFE_MS}. */
  readonly halfLifeMs?: number;
  /** Queries that are no title are kept up to here; the least counted ones go first. Default 100,000. */
  readonly maxQueries?: number;
}

export interface SuggestRequest {
  /** Completions that are wanted. */
  readonly limit: number;
  readonly atMs: number;
  /** Of the shopper who types. */
  readonly affinity?: Affinity;
}

export interface Suggestion {
  /** As it is shown. */
  readonly text: string;
  /** How freely the typed text was read to find it: 0 as it stands. Those of a freer reading stand behind. */
  readonly reading: number;
  /** Among those of one reading. */
  readonly score: number;
}

/** A completion with its features. */
export type Completion = SuggestFeatures & Omit<Suggestion, 'score'>;

/** Popularity alone: what a language model and a taste are worth beside it depends on them, and `evaluateSuggest` fits it. */
export const SUGGEST_WEIGHTS: SuggestFeatures = { popularity: 1, language: 0, taste: 0 };
/** That of the recommenders' popularity, too. */
export const COUNT_HALF_LIFE_MS = 30 * 86_400_000;

/** Positions that completions are taken from: the most popular of those that match. */
const POSITIONS = 256;
/** Completions of a reading that are scored: the most popular ones. */
const SCORED = 64;
/** A phrase inside a text that was asked for counts so much of that: who types it may mean the text. So does standing in a text at all. */
const PHRASE_SHARE = 0.01;
/** What one person alone searches for is not shown to others. A decayed count. */
const LEAST_COUNT = 3;
const MAX_QUERIES = 100_000;

/**
 * Completes what shoppers type, from the shop's titles and from what its shoppers searched for. Completions are whole titles and queries,
 * and phrases of them from any word on. Where what was typed leads to too few, it is read more freely: its last word beside its other
 * words in any order, then with one edit.
 */
export class SuggestIndex {
  readonly #texts = new TextTable();
  /** By number of the text; none for a query that is no title. */
  readonly #items: (readonly ItemId[])[] = [];
  readonly #textOfItem = new Map<ItemId, number>();
  readonly #counts: DecayedCounts;
  /** Texts without items. */
  #queries = 0;

  constructor(private readonly options: SuggestOptions) {
    this.#counts = new DecayedCounts(options.halfLifeMs ?? COUNT_HALF_LIFE_MS);
  }

  /** Titles and queries that are known. */
  get size(): number {
    return this.#texts.size;
  }

  /** Adds an item or changes its title; one without words is no item here. */
  setItem(item: ItemId, title: string): void {
    const text = this.#put(title);
    const previous = this.#textOfItem.get(item);
    if (text === previous) return;
    this.#textOfItem.delete(item);
    if (text !== undefined) {
      const items = this.#itemsOf(text);
      if (items.length === 0) this.#queries -= 1;
      this.#items[text] = [...items, item];
      this.#textOfItem.set(item, text);
    }
    if (previous !== undefined) this.#detach(item, previous);
  }

  removeItem(item: ItemId): void {
    const text = this.#textOfItem.get(item);
    if (text === undefined) return;
    this.#textOfItem.delete(item);
    this.#detach(item, text);
  }

  /**
   * Counts a query, or any other sign that a title is asked for. Give one person's repeats once: a query that is no title is shown to
   * others when three asked.
   */
  count(query: string, atMs: number): void {
    const text = this.#put(query);
    if (text === undefined) return;
    this.#counts.add(text, atMs);
    this.#boundQueries();
  }

  /** Best first; nothing for a text without words. */
  suggest(typed: string, request: SuggestRequest): Suggestion[] {
    const weights = this.options.weights ?? SUGGEST_WEIGHTS;
    return this.completions(typed, request)
      .map((completion) => scoreCompletion(completion, weights))
      .sort(compareSuggestions)
      .slice(0, request.limit);
  }

  /** What {@link suggest} ranks: more than asked for, in no order. */
  completions(typed: string, { limit, atMs, affinity = () => 0 }: SuggestRequest): Completion[] {
    const read = readTyped(typed);
    if (read === undefined) return [];
    const found = new Map<string, Completion>();
    let reading = 0;
    for (const way of readingsOf(read, this.#texts.positions)) {
      for (const { phrase, popularity } of this.#mostPopular(way, atMs)) {
        const { folded, shown: text, texts } = phrase;
        if (found.has(folded) || folded === read.prefix.trimEnd()) continue;
        found.set(folded, {
          text,
          reading,
          popularity,
          language: this.options.scoreWords(text.split(' ')),
          taste: this.#tasteFor(texts, affinity),
        });
      }
      if (found.size >= limit) break;
      reading += 1;
    }
    return [...found.values()];
  }

  #mostPopular(reading: Reading, atMs: number): { readonly phrase: Phrase; readonly popularity: number }[] {
    const scale = this.#counts.scaleAt(atMs);
    const phrases = new Phrases(reading.beside, (text, start, end) => this.#texts.shownPart(text, start, end));
    for (const { id: position } of this.#bestPositions(reading, LEAST_COUNT / scale).sorted()) {
      const text = textOf(position);
      const folded = this.#texts.foldedOf(text);
      const start = startOf(position);
      const prefix = reading.prefixes.find((other) => folded.startsWith(other, start)) as string;
      phrases.add({ text, folded, start, length: prefix.length, weight: this.#counts.weightOf(text) });
    }
    const closed = [...phrases.closed()];
    const best = new Best(SCORED);
    for (const [id, { folded, weight, matches }] of closed.entries()) {
      const text = this.#texts.find(folded);
      const own = text === undefined ? 0 : scale * this.#counts.weightOf(text);
      best.offer(id, Math.log1p(own + PHRASE_SHARE * (matches + Math.max(0, scale * weight - own))));
    }
    return best.sorted().map(({ id, score }) => ({ phrase: closed[id] as Phrase, popularity: score }));
  }

  /** @param leastWeight of a query that is shown */
  #bestPositions({ prefixes, beside }: Reading, leastWeight: number): Best {
    const best = new Best(POSITIONS);
    for (const prefix of prefixes) {
      this.#texts.positions.forEach(prefix, (position) => {
        const text = textOf(position);
        const weight = this.#counts.weightOf(text);
        const score = weight + amongEquals(text);
        if (score <= best.threshold) return;
        if (weight < leastWeight && this.#itemsOf(text).length === 0) return;
        if (!beside.every(({ folded }) => hasWord(this.#texts.foldedOf(text), folded))) return;
        best.offer(position, score);
      });
    }
    return best;
  }

  /** A text is as good as the best of its items; one without items is unknown. */
  #tasteFor(texts: readonly number[], affinity: Affinity): number {
    let sum = 0;
    for (const text of texts) {
      const items = this.#itemsOf(text);
      if (items.length > 0) sum += Math.max(...items.map((item) => affinity(item)));
    }
    return sum / texts.length;
  }

  #itemsOf(text: number): readonly ItemId[] {
    return this.#items[text] ?? [];
  }

  #put(text: string): number | undefined {
    const known = this.#texts.size;
    const number = this.#texts.put(wordsOf(text));
    if (this.#texts.size > known) this.#queries += 1;
    return number;
  }

  #detach(item: ItemId, text: number): void {
    const items = this.#itemsOf(text).filter((other) => other !== item);
    this.#items[text] = items;
    if (items.length > 0) return;
    // It stays as a query where somebody asked for it.
    this.#queries += 1;
    if (this.#counts.weightOf(text) === 0) this.#forget(text);
    this.#boundQueries();
  }

  #forget(text: number): void {
    this.#texts.remove(text);
    this.#counts.reset(text);
    this.#queries -= 1;
  }

  /** Many at a time, so that looking for the least counted ones is rare. */
  #boundQueries(): void {
    const most = this.options.maxQueries ?? MAX_QUERIES;
    if (this.#queries <= most) return;
    const queries = [...this.#texts.numbers()].filter((text) => this.#itemsOf(text).length === 0);
    queries.sort((a, b) => this.#counts.weightOf(a) - this.#counts.weightOf(b));
    for (const text of queries.slice(0, Math.ceil(most / 10))) this.#forget(text);
  }
}

export const scoreCompletion = (completion: Completion, weights: SuggestFeatures): Suggestion => {
  const { text, reading, popularity, language, taste } = completion;
  const score = weights.popularity * popularity + weights.language * language + weights.taste * taste;
  return { text, reading, score };
};

/** Below 0 where the first stands before the second. */
export const compareSuggestions = (a: Suggestion, b: Suggestion): number =>
  a.reading - b.reading || b.score - a.score || (a.text < b.text ? -1 : a.text === b.text ? 0 : 1);

/**
 * Where more equally popular texts match than are looked at, those that are must not be neighbours in the alphabet: their common phrases
 * would not be the common ones. Below any count.
 */
const amongEquals = (text: number): number => (Math.imul(text + 1, 0x9e3779b1) >>> 0) * 2 ** -62;

const hasWord = (text: string, word: string): boolean => {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    if ((at === 0 || text[at - 1] === ' ') && (end === text.length || text[end] === ' ')) return true;
  }
  return false;
};
