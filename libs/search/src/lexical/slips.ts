import { editsAt, LEAST_EDITED } from '../text/edits.js';

/** Longer ones are serial numbers. */
const LONGEST_EDITED = 20;
export const HAS_DIGIT = /\p{N}/u;

/**
 * The words of which a typed one may be a slip: it is one with a character left out, put in, exchanged, or two swapped. The first character is
 * taken as typed, as people rarely miss it, and another number is another thing.
 *
 * @param alphabet characters that may be missing
 */
export const wordsMeant = (
  typed: string,
  alphabet: ReadonlySet<string>,
  isWord: (word: string) => boolean,
): string[] => {
  if (typed.length < LEAST_EDITED || typed.length > LONGEST_EDITED || HAS_DIGIT.test(typed)) return [];
  const found = new Set<string>();
  for (let at = 1; at <= typed.length; at++) {
    for (const word of editsAt(typed, at, alphabet)) if (isWord(word)) found.add(word);
  }
  return [...found];
};
