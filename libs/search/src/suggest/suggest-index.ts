import type { ItemId } from '@offerstream/contracts';
import { Best } from '../best.js';
import { wordsOf } from '../text/words.js';
import { Phrases, type Phrase } from './phrases.js';
import { TextTable } from './text-table.js';
import { readingsOf, readTyped, type Reading } from './typed.js';
import { MAX_TEXT_LENGTH, startOf, textOf } from './word-positions.js';

/** Mean log-probability of some words and the end after them under a language model, in nats. */
export type ScoreWords = (words: readonly string[]) => number;

export interface SuggestOptions {
  readonly scoreWords: ScoreWords;
  /** Whether a word, in lower case and without accents, may be shown; by default each may. */
  readonly mayShow?: (word: string) => boolean;
}

/** What typed text can be completed to, and what speaks for it. */
export interface Completion {
  /** As it is shown. */
  readonly text: string;
  /** How freely the typed text was read to find it: 0 as it stands. */
  readonly reading: number;
  /** log(1 + count). */
  readonly popularity: number;
  /** See {@link ScoreWords}. */
  readonly language: number;
  /** The titles behind it, at most 8: those items that have one. None for what shoppers searched for and is in no title. */
  readonly titles: readonly (readonly ItemId[])[];
}

/** Where what was typed leads to so many it is not read more freely. */
const ENOUGH = 3;
/** Positions that completions are taken from: the most popular of those that match. */
const POSITIONS = 256;
/** Completions of a reading that are scored: the most popular ones. */
const SCORED = 64;
/** A phrase inside a text that was asked for counts so much of that: who types it may mean the text. So does standing in a text at all. */
const PHRASE_SHARE = 0.001;

/**
 * Completes what shoppers type, from the shop's titles and from what its shoppers searched for. Completions are whole titles and queries,
 * and phrases of them from any word on. Where what was typed leads to too few, it is read more freely: its last word beside its other
 * words in any order, then with one edit.
 */
export class SuggestIndex {
  #scoreWords: ScoreWords;
  readonly #texts = new TextTable();
  /** By number of the text; none for a query that is no title. */
  readonly #items: (readonly ItemId[])[] = [];
  readonly #textOfItem = new Map<ItemId, number>();
  readonly #countOfItem = new Map<ItemId, number>();
  /** By number of the text: how often it was searched for. */
  readonly #searches: number[] = [];
  /** By number of the text: that, and how often its items are wanted. */
  readonly #counts: number[] = [];
  /** By number of the text: the count, with an order of equal ones, see {@link amongEquals}. */
  readonly #places: number[] = [];

  constructor(private readonly options: SuggestOptions) {
    this.#scoreWords = options.scoreWords;
  }

  /** Titles and queries that are known. */
  get size(): number {
    return this.#texts.size;
  }

  /** Replaces the language model. */
  setScorer(scoreWords: ScoreWords): void {
    this.#scoreWords = scoreWords;
  }

  /** Adds an item or changes its title; one without words is no item here. */
  setItem(item: ItemId, title: string): void {
    const text = this.#texts.put(wordsOf(title));
    const previous = this.#textOfItem.get(item);
    if (text === previous) return;
    this.#textOfItem.delete(item);
    if (text !== undefined) {
      this.#items[text] = [...this.#itemsOf(text), item];
      this.#textOfItem.set(item, text);
      this.#count(text);
    }
    if (previous !== undefined) this.#detach(item, previous);
  }

  removeItem(item: ItemId): void {
    const text = this.#textOfItem.get(item);
    if (text === undefined) return;
    this.#textOfItem.delete(item);
    this.#detach(item, text);
  }

  /** How often an item is wanted, known or not yet; 0 forgets it. */
  setItemCount(item: ItemId, count: number): void {
    if (count > 0) this.#countOfItem.set(item, count);
    else this.#countOfItem.delete(item);
    const text = this.#textOfItem.get(item);
    if (text !== undefined) this.#count(text);
  }

  /** How often something was searched for; 0 forgets it. */
  setSearches(query: string, count: number): void {
    const text = this.#texts.put(wordsOf(query));
    if (text === undefined) return;
    this.#searches[text] = count;
    this.#count(text);
    this.#forgetUnused(text);
  }

  /**
   * In no order; nothing for a text without words.
   *
   * @param wanted how many are to be shown at most
   */
  completions(typed: string, wanted: number): Completion[] {
    const read = readTyped(typed);
    if (read === undefined) return [];
    const found = new Map<string, Completion>();
    let reading = 0;
    for (const way of readingsOf(read, this.#texts.positions)) {
      for (const { phrase, popularity } of this.#mostPopular(way)) {
        const { folded, shown: text, texts } = phrase;
        if (found.has(folded) || folded === read.prefix.trimEnd()) continue;
        found.set(folded, {
          text,
          reading,
          popularity,
          language: this.#scoreWords(text.split(' ')),
          titles: texts.map((each) => this.#itemsOf(each)).filter((items) => items.length > 0),
        });
      }
      if (found.size >= Math.min(wanted, ENOUGH)) break;
      reading += 1;
    }
    return [...found.values()];
  }

  #mostPopular(reading: Reading): { readonly phrase: Phrase; readonly popularity: number }[] {
    const phrases = new Phrases(reading.beside, (text, start, end) => this.#texts.shownPart(text, start, end));
    for (const { id: position } of this.#bestPositions(reading).sorted()) {
      const text = textOf(position);
      const folded = this.#texts.foldedOf(text);
      const start = startOf(position);
      const prefix = reading.prefixes.find((other) => folded.startsWith(other, start)) as string;
      phrases.add({ text, folded, start, length: prefix.length, weight: this.#counts[text] as number });
    }
    const closed = [...phrases.closed()].filter(({ folded }) => this.#mayShow(folded));
    const best = new Best(SCORED);
    for (const [id, { folded, weight, matches }] of closed.entries()) {
      const text = this.#texts.find(folded);
      const own = text === undefined ? 0 : (this.#counts[text] as number);
      best.offer(id, Math.log1p(own + PHRASE_SHARE * (matches + Math.max(0, weight - own))));
    }
    return best.sorted().map(({ id, score }) => ({ phrase: closed[id] as Phrase, popularity: score }));
  }

  #bestPositions({ prefixes, beside }: Reading): Best {
    const best = new Best(POSITIONS);
    for (const prefix of prefixes) {
      const rarest = this.#rarest(prefix, beside);
      const visit = (position: number): void => {
        const text = textOf(position);
        const place = this.#places[text] as number;
        if (place <= best.threshold) return;
        if (beside.length > 0) {
          const folded = this.#texts.foldedOf(text);
          if (!beside.every((word) => hasWord(folded, word.folded))) return;
        }
        best.offer(position, place);
      };
      if (rarest === undefined) this.#texts.positions.forEach(prefix, visit);
      else this.#forEachBeside(rarest, prefix, visit);
    }
    return best;
  }

  /** The word beside a prefix that fewer texts have than go on with the prefix; undefined where the prefix is the rarest. */
  #rarest(prefix: string, beside: Reading['beside']): string | undefined {
    let rarest: string | undefined;
    let fewest = beside.length === 0 ? 0 : this.#texts.positions.count(prefix);
    for (const { folded } of beside) {
      const count = this.#texts.positions.count(folded);
      if (count >= fewest) continue;
      fewest = count;
      rarest = folded;
    }
    return rarest;
  }

  /** The positions that go on with a prefix in texts that have a word. */
  #forEachBeside(word: string, prefix: string, visit: (position: number) => void): void {
    const seen = new Set<number>();
    this.#texts.positions.forEach(word, (position) => {
      const text = textOf(position);
      if (seen.has(text)) return;
      seen.add(text);
      const folded = this.#texts.foldedOf(text);
      for (let at = startOfWord(folded, prefix, 0); at >= 0; at = startOfWord(folded, prefix, at + 1))
        visit(text * MAX_TEXT_LENGTH + at);
    });
  }

  #mayShow(folded: string): boolean {
    const { mayShow } = this.options;
    return mayShow === undefined || folded.split(' ').every(mayShow);
  }

  #itemsOf(text: number): readonly ItemId[] {
    return this.#items[text] ?? [];
  }

  #count(text: number): void {
    let count = this.#searches[text] ?? 0;
    for (const item of this.#itemsOf(text)) count += this.#countOfItem.get(item) ?? 0;
    this.#counts[text] = count;
    this.#places[text] = count + amongEquals(this.#texts.foldedOf(text));
  }

  #detach(item: ItemId, text: number): void {
    this.#items[text] = this.#itemsOf(text).filter((other) => other !== item);
    this.#count(text);
    this.#forgetUnused(text);
  }

  /** A title that is gone stays as a query where somebody searched for it. */
  #forgetUnused(text: number): void {
    if (this.#itemsOf(text).length === 0 && (this.#searches[text] ?? 0) === 0) this.#texts.remove(text);
  }
}

/**
 * Where more equally popular texts match than are looked at, those that are must not be neighbours in the alphabet: their common phrases
 * would not be the common ones. Below any count, and the same in every process.
 */
const amongEquals = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (Math.imul(hash, 0x9e3779b1) >>> 0) * 2 ** -62;
};

/** Where a word that starts with a prefix begins, from a character on; below 0 where none does. */
const startOfWord = (text: string, prefix: string, from: number): number => {
  let at = text.indexOf(prefix, from);
  while (at > 0 && text[at - 1] !== ' ') at = text.indexOf(prefix, at + 1);
  return at;
};

const hasWord = (text: string, word: string): boolean => {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    if ((at === 0 || text[at - 1] === ' ') && (end === text.length || text[end] === ' ')) return true;
  }
  return false;
};
