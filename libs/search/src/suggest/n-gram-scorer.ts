import type { NGramModel, Tokenizer } from '@offerstream/language';
import type { ScoreWords } from './suggest-index.js';

/**
 * Scores completions by an n-gram model.
 *
 * @param tokenize makes the words of a text that the model knows
 */
export const nGramScorer =
  (model: NGramModel, tokenize: Tokenizer): ScoreWords =>
  (words) => {
    const scores = model.scoreSentence(model.vocabulary.encode(tokenize(words.join(' '))));
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  };
