import type { TokenScores } from './language-tasks.js';

/** Scores of a text, and of what follows it. */
export const joinedScores = (one: TokenScores, other: TokenScores): TokenScores => ({
  tokens: [...one.tokens, ...other.tokens],
  logProbabilities: [...one.logProbabilities, ...other.logProbabilities],
  top: [...one.top, ...other.top],
  offsets: [...one.offsets, ...other.offsets],
});
