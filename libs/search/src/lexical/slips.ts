import { LEAST_EDITED } from '../suggest/one-edit.js';

/** Longer ones are serial numbers. */
const LONGEST_EDITED = 20;
const HAS_DIGIT = /\p{N}/u;

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
  const look = (word: string): void => {
    if (isWord(word)) found.add(word);
  };
  for (let at = 1; at <= typed.length; at++) {
    const head = typed.slice(0, at);
    const character = typed.charAt(at);
    const rest = typed.slice(at + 1);
    if (character !== '') look(head + rest);
    if (rest !== '') look(head + rest.charAt(0) + character + rest.slice(1));
    for (const other of alphabet) {
      look(head + other + character + rest);
      if (character !== '') look(head + other + rest);
    }
  }
  return [...found];
};
