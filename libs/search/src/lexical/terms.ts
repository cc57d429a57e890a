import { wordsOf } from '../text/words.js';

/** Words that stand in texts of every kind and tell none from another. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  'a an and are as at be but by for from in into is it its of on or s t that the their this to was with'.split(' '),
);
const JOINTS = /['.&,-]/u;

/**
 * What a text is found by: its words without stop words. A word with a joint is found by its parts and by all of them together:
 * "t-light" as "light" and "tlight".
 */
export const termsOf = (text: string): string[] => {
  const terms: string[] = [];
  for (const word of wordsOf(text).folded) {
    const parts = word.split(JOINTS);
    if (parts.length > 1) parts.push(parts.join(''));
    for (const part of parts) if (!STOP_WORDS.has(part)) terms.push(part);
  }
  return terms;
};
