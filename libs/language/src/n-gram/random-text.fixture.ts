import { SeededRandom } from '@offerstream/autodiff';
import { Corpus } from '../text/corpus.js';
import { END_WORD, UNKNOWN_WORD } from '../text/vocabulary.js';

/** A vocabulary's words, `size` in all. */
export const wordsOf = (size: number): readonly string[] => [
  UNKNOWN_WORD,
  END_WORD,
  ...Array.from({ length: size - 2 }, (_, i) => `w${i}`),
];

/** Sentences of words that mostly follow from the one before, some frequent and some rare; the last word of the vocabulary never. */
export const randomText = (seed: number, vocabularySize: number, sentences: number): Corpus => {
  const random = new SeededRandom(seed).next;
  const words = vocabularySize - 3;
  return Corpus.ofSentences(
    Array.from({ length: sentences }, () => {
      const sentence: number[] = [];
      for (let at = Math.floor(random() * 12); at > 0; at--) {
        const base = random() < 0.6 ? (sentence.at(-1) ?? 0) * 5 : 0;
        sentence.push(2 + ((base + Math.floor(random() ** 3 * words)) % words));
      }
      return sentence;
    }),
  );
};
