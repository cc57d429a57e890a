import type { NGramModel } from '@offerstream/language';
import type { ScoreWords } from './suggest-index.js';

/** Scores completions by an n-gram model whose words are those of `titleTokenizer`. */
export const nGramScorer =
  (model: NGramModel): ScoreWords =>
  (words) => {
    const scores = model.scoreSentence(model.vocabulary.encode(words));
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  };
