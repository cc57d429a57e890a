import { titleTokenizer, type NGramModel, type Tokenizer } from '@offerstream/language';
import type { ScoreWords } from './suggest-index.js';

/**
 * Scores completions by an n-gram model.
 *
 * @param tokenize makes the words of a text that the model knows
 */
export const nGramScorer = (model: NGramModel, tokenize: Tokenizer): ScoreWords => {
  // Completions are made of these words already, and dozens are scored for a suggestion.
  const wordsOf = tokenize === titleTokenizer ? undefined : tokenize;
  return (words) => {
    const scores = model.scoreSentence(model.vocabulary.encode(wordsOf?.(words.join(' ')) ?? words));
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  };
};
