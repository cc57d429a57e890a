import { LanguageError } from '../errors.js';
import { NumberList } from './number-list.js';
import type { Tokenizer } from './tokenizers.js';

/** Words of the longest line: a model looks at a sentence as a whole. */
export const MAX_LINE_WORDS = 4096;

/** Lines of words, each distinct word stored once. */
export interface WordLines {
  /** Distinct words in the order of their first appearance. */
  readonly words: readonly string[];
  /** Positions in `words`, line after line. */
  readonly tokens: Uint32Array;
  /** [lines + 1]: line i has the tokens from starts[i] to starts[i + 1]. A line without words counts, too. */
  readonly starts: Uint32Array;
}

/**
 * Splits lines into words.
 *
 * @param place of a line, for errors; by default its number, from 1
 * @throws {LanguageError} `line-too-long` beyond {@link MAX_LINE_WORDS}; `nothing-to-learn-from` where no line has a word
 */
export const readWords = async (
  lines: AsyncIterable<string> | Iterable<string>,
  tokenize: Tokenizer,
  place = (number: number): string => `Line ${number}`,
): Promise<WordLines> => {
  const numbers = new Map<string, number>();
  const tokens = new NumberList();
  const starts = new NumberList();
  for await (const line of lines) {
    starts.push(tokens.length);
    const words = tokenize(line);
    if (words.length > MAX_LINE_WORDS) {
      throw new LanguageError(
        'line-too-long',
        `${place(starts.length)}: ${words.length} words, more than ${MAX_LINE_WORDS}; put one sentence on a line`,
      );
    }
    for (const word of words) {
      let number = numbers.get(word);
      if (number === undefined) numbers.set(word, (number = numbers.size));
      tokens.push(number);
    }
  }
  if (tokens.length === 0)
    throw new LanguageError('nothing-to-learn-from', 'The text has no words; give one that has.');
  starts.push(tokens.length);
  return { words: [...numbers.keys()], tokens: tokens.view(), starts: starts.view() };
};
