import { LanguageError } from '../errors.js';
import { Corpus } from './corpus.js';
import { Vocabulary } from './vocabulary.js';
import type { WordLines } from './word-lines.js';

/** A text that a model learns from, the part that choices are made on, and the part that says how good it is. */
export interface SplitText {
  readonly vocabulary: Vocabulary;
  readonly train: Corpus;
  /** The shop's own texts to learn from, where there are any; what is held out is of the text and of them. */
  readonly shop?: Corpus;
  readonly validation: Corpus;
  readonly test: Corpus;
}

export interface SplitOptions {
  /** Words of the vocabulary, which is that of the text's training lines. */
  readonly vocabularySize: number;
  /** Lines whose index, counted from 0, is this modulo 10 are for validation. Default 8. */
  readonly validation?: number;
  /** The same for the test. Default 9. */
  readonly test?: number;
  /** The shop's own texts, split alike; of what is held out they are about half, or more. */
  readonly shop?: WordLines;
}

/**
 * Splits a text by the index of its lines modulo 10.
 *
 * @throws {LanguageError} `bad-option`; `nothing-to-learn-from` where a part has no words
 */
export const splitText = (
  text: WordLines,
  { vocabularySize, validation = 8, test = 9, shop }: SplitOptions,
): SplitText => {
  const digits = [validation, test];
  if (validation === test || !digits.every((digit) => Number.isInteger(digit) && digit >= 0 && digit <= 9)) {
    throw new LanguageError(
      'bad-option',
      `Validation and test are two different numbers from 0 to 9, not ${validation} and ${test}.`,
    );
  }
  const isTraining = (line: number): boolean => !digits.includes(line % 10);
  const vocabulary = learnVocabulary(text, vocabularySize, isTraining);
  const partsOf = (lines: WordLines, what: string) => {
    const part = (name: string, chosen: (line: number) => boolean): Corpus => {
      const corpus = Corpus.ofLines(lines, vocabulary, chosen);
      if (corpus.predictions > 0) return corpus;
      throw new LanguageError(
        'nothing-to-learn-from',
        `No line of ${what} that has words is for ${name}; give at least ten lines.`,
      );
    };
    return {
      train: part('training', isTraining),
      validation: part('validation', (line) => line % 10 === validation),
      test: part('the test', (line) => line % 10 === test),
    };
  };
  const ofText = partsOf(text, 'the text');
  if (shop === undefined) return { vocabulary, ...ofText };
  const ofShop = partsOf(shop, 'the shop’s texts');
  return {
    vocabulary,
    train: ofText.train,
    shop: ofShop.train,
    validation: balanced(ofText.validation, ofShop.validation),
    test: balanced(ofText.test, ofShop.test),
  };
};

/** A long text would leave a shop's few words no weight: of its sentences there are no more words than of the shop's. */
const balanced = (text: Corpus, shop: Corpus): Corpus => text.thinned(shop.predictions).followedBy(shop);

/**
 * The most frequent words of chosen lines.
 *
 * @throws {LanguageError} `bad-option`
 */
export const learnVocabulary = (
  text: WordLines,
  size: number,
  chosen: (line: number) => boolean = () => true,
): Vocabulary => {
  const counts = new Uint32Array(text.words.length);
  for (let line = 0; line + 1 < text.starts.length; line++) {
    if (!chosen(line)) continue;
    for (let at = text.starts[line] as number; at < (text.starts[line + 1] as number); at++) {
      const word = text.tokens[at] as number;
      counts[word] = (counts[word] as number) + 1;
    }
  }
  return Vocabulary.ofMostFrequent(
    text.words.map((word, number) => [word, counts[number] as number] as const),
    size,
  );
};
