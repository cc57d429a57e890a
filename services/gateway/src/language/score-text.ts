import { END_WORD, scoreSentence, UNKNOWN } from '@offerstream/language';
import type { ScoredToken, ScoreTask } from './language-tasks.js';
import { MAX_SCORED_TOKENS, MAX_WORDS, noWords, tooManyTokens, tooManyWords } from './language-refusal.js';
import type { Work } from '../threads/answer-tasks.js';
import type { LoadedLanguageModel } from './loaded-language-model.js';

const LINE_END = /\r\n|\r|\n/u;

/**
 * Says how likely each word of a text is after those before it in its line, and that the line ends there. Lines without words are none.
 *
 * @throws TaskRefusal `no-words`, `too-many-tokens`
 */
export const scoreText = async (
  { tokenize, vocabulary, model }: LoadedLanguageModel,
  { text }: ScoreTask,
  { signal, pause }: Work,
): Promise<readonly ScoredToken[]> => {
  const sentences = text
    .split(LINE_END)
    .map(tokenize)
    .filter(({ length }) => length > 0);
  if (sentences.length === 0) throw noWords('text');
  const tokens = sentences.reduce((sum, { length }) => sum + length + 1, 0);
  if (tokens > MAX_SCORED_TOKENS) throw tooManyTokens('text', tokens);
  const longest = Math.max(...sentences.map(({ length }) => length));
  if (longest > MAX_WORDS) throw tooManyWords('text', longest);
  const scored: ScoredToken[] = [];
  for (const words of sentences) {
    signal.throwIfAborted();
    const ids = vocabulary.encode(words);
    const scores = await scoreSentence(model, ids);
    for (const [index, logProbability] of scores.entries()) {
      const token = words[index];
      scored.push({ token: token ?? END_WORD, logProbability, known: ids[index] !== UNKNOWN });
    }
    await pause();
  }
  return scored;
};
