export { SearchError, type SearchErrorCode } from './errors.js';
export { LexicalIndex, type ItemTexts } from './lexical/lexical-index.js';
export { evaluateSearch, type SearchReport, type Share } from './mix/evaluate-search.js';
export { mixRanks, RETRIEVED, type RanksToMix } from './mix/mix-ranks.js';
export { whatIsMeant } from './mix/what-is-meant.js';
export type { ScoredItem } from './scored-item.js';
export {
  evaluateSuggest,
  type HeldOutRank,
  type NamePurchase,
  type SuggestReport,
} from './suggest/evaluate-suggest.js';
export { habitOf, type Habit, type PastDeed } from './suggest/habit.js';
export { nGramScorer } from './suggest/n-gram-scorer.js';
export { rankCompletions, SUGGEST_WEIGHTS, type Suggestion, type SuggestWeights } from './suggest/rank-completions.js';
export { SuggestIndex, type Completion, type ScoreWords, type SuggestOptions } from './suggest/suggest-index.js';
export { wordsOf, type Words } from './text/words.js';
export { VectorIndex } from './vector/vector-index.js';
