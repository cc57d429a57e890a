import { wordsOf } from '../text/words.js';
import type { WordPositions } from './word-positions.js';
import { withinOneEdit } from './one-edit.js';

/** What a shopper has typed so far. */
export interface Typed {
  /** Lower case, without accents, words parted by one space; one at the end where the last word is complete. */
  readonly prefix: string;
  /** The words before the last. */
  readonly before: readonly { readonly shown: string; readonly folded: string }[];
  /** The part of the prefix that is the last word. */
  readonly last: string;
}

/** Undefined for a text without words. */
export const readTyped = (text: string): Typed | undefined => {
  const { shown, folded } = wordsOf(text);
  if (folded.length === 0) return undefined;
  const end = /\s$/u.test(text) ? ' ' : '';
  return {
    prefix: folded.join(' ') + end,
    before: folded.slice(0, -1).map((word, index) => ({ shown: shown[index] as string, folded: word })),
    last: (folded.at(-1) as string) + end,
  };
};

/** What a completion has to go on with, and the words that its text has to have besides. */
export interface Reading {
  readonly prefixes: readonly string[];
  readonly beside: Typed['before'];
}

/** The ways to read what was typed, the strictest first. Each is worked out when those before it led to too few completions. */
export function* readingsOf(typed: Typed, positions: WordPositions): Generator<Reading, void, undefined> {
  const { prefix, before, last } = typed;
  yield { prefixes: [prefix], beside: [] };
  if (before.length > 0) yield { prefixes: [last], beside: before };
  yield { prefixes: withinOneEdit(positions, prefix), beside: [] };
  if (before.length > 0) yield { prefixes: withinOneEdit(positions, last), beside: before };
}
