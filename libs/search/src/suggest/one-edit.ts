import { editsAt, LEAST_EDITED } from '../text/edits.js';
import type { WordPositions } from './word-positions.js';

/** Of an alphabet: scripts with thousands of characters are tried up to here. */
const MAX_CHARACTERS = 64;

/**
 * The prefixes that some text has and that a typed one becomes by one edit: a character left out, put in, exchanged, or two swapped. The
 * first character is taken as typed, as people rarely miss it. Found by walking down the typed prefix as if down a trie, for as long as
 * something goes on with it.
 */
export const withinOneEdit = (positions: WordPositions, typed: string): string[] => {
  if (typed.length < LEAST_EDITED) return [];
  const found = new Set<string>();
  for (let at = 1; at < typed.length; at++) {
    const head = typed.slice(0, at);
    if (positions.count(head) === 0) break;
    // What the last character is exchanged for goes on from the shorter prefix.
    const others = at === typed.length - 1 ? [] : positions.nextCharacters(head, MAX_CHARACTERS);
    for (const prefix of editsAt(typed, at, others))
      if (prefix !== typed && !found.has(prefix) && positions.count(prefix) > 0) found.add(prefix);
  }
  // What goes on with a longer one goes on with the shorter one, too.
  return [...found].filter((prefix) => ![...found].some((other) => other !== prefix && prefix.startsWith(other)));
};
