import type { CatalogItem } from '@offerstream/contracts';
import { readLines, readWords, type Tokenizer, type WordLines } from '@offerstream/language';

/**
 * The lines of some files, one after the other, as words.
 *
 * @throws {LanguageError} `file-unreadable`, `not-text`, `line-too-long`, `nothing-to-learn-from`; the signal's reason when it aborts
 */
export const readTextFiles = (
  files: readonly string[],
  tokenize: Tokenizer,
  signal: AbortSignal,
): Promise<WordLines> => {
  let place = '';
  async function* lines(): AsyncGenerator<string> {
    for (const file of files) {
      let number = 0;
      for await (const line of readLines(file)) {
        signal.throwIfAborted();
        number += 1;
        place = `${file}, line ${number}`;
        yield line;
      }
    }
  }
  return readWords(lines(), tokenize, () => place);
};

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/**
 * What a catalog says of its items: titles, and the sentences of descriptions where it has them. Each is there once, however many items
 * share it, so that what is held out is not what was learned; the same catalog gives the same lines.
 */
export const catalogLines = (catalog: Iterable<CatalogItem>): readonly string[] => {
  const items = [...catalog].sort((a, b) => (a.id < b.id ? -1 : 1));
  const lines = items.flatMap(({ title, description }) => [
    ...(title === undefined ? [] : [title]),
    // The catalog keeps what a shop gives beside the fields that it knows.
    ...(typeof description === 'string' ? [...sentences.segment(description)].map(({ segment }) => segment) : []),
  ]);
  return [...new Set(lines.map((line) => line.trim()))].filter((line) => line !== '');
};
