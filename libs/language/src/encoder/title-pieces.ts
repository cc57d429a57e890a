import type { Random } from '@offerstream/autodiff';

/** Shorter words are mostly numbers and small words; a slip in one makes another word. */
const LEAST_MISSPELT = 4;

/**
 * Some words of a title that stand together, not all of them: two where it has three, since one says little; undefined where it has
 * only one.
 */
export const partOf = (words: readonly string[], random: Random): readonly string[] | undefined => {
  if (words.length < 2) return undefined;
  const least = Math.min(2, words.length - 1);
  const length = least + Math.floor(random() * (words.length - least));
  const start = Math.floor(random() * (words.length - length + 1));
  return words.slice(start, start + length);
};

/** The words with a slip in one of the longer ones: a letter left out, doubled, or put behind the next. */
export const misspelt = (words: readonly string[], random: Random): readonly string[] | undefined => {
  const long = [...words.keys()].filter((at) => (words[at]?.length ?? 0) >= LEAST_MISSPELT);
  if (long.length === 0) return undefined;
  const at = long[Math.floor(random() * long.length)] as number;
  const letters = Array.from(words[at] as string);
  const letter = Math.floor(random() * (letters.length - 1));
  const [first = '', second = ''] = letters.slice(letter, letter + 2);
  const slips = [second, first + first + second, second + first];
  const slip = slips[Math.floor(random() * slips.length)] as string;
  return words.with(at, letters.toSpliced(letter, 2, slip).join(''));
};
