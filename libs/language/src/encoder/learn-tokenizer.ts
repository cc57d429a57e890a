import { Vocabulary } from '../text/vocabulary.js';
import { nGramHashes, TrainedTokenizer } from './trained-tokenizer.js';

const MAX_WORDS = 20_000;
/** A word that stands in one title alone is as well known by its n-grams. */
const LEAST_TITLES = 2;
const MAX_BUCKETS = 1 << 15;

/** A tokenizer that knows the words of some titles, with about a bucket for each of their n-grams. */
export const learnTokenizer = (titles: readonly (readonly string[])[]): TrainedTokenizer => {
  const counts = new Map<string, number>();
  for (const words of titles) {
    for (const word of new Set(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const frequent = [...counts].filter(([, count]) => count >= LEAST_TITLES);
  const nGrams = new Set([...counts.keys()].flatMap(nGramHashes));
  const buckets = Math.min(MAX_BUCKETS, 2 ** Math.ceil(Math.log2(nGrams.size)));
  return new TrainedTokenizer(Vocabulary.ofMostFrequent(frequent, MAX_WORDS), buckets);
};
