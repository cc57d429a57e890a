export { SearchError, type SearchErrorCode } from './errors.js';
export { LexicalIndex, type ItemTexts } from './lexical/lexical-index.js';
export { mixRanks, type RanksToMix } from './mix/mix-ranks.js';
export type { ScoredItem } from './scored-item.js';
export {
  evaluateSuggest,
  type HeldOutRank,
  type NamePurchase,
  type SuggestReport,
} from './suggest/evaluate-suggest.js';
export { nGramScorer } from './suggest/n-gram-scorer.js';
export {
  COUNT_HALF_LIFE_MS,
  SUGGEST_WEIGHTS,
  SuggestIndex,
  type Affinity,
  type Completion,
  type ScoreWords,
  type SuggestFeatures,
  type Suggestion,
  type SuggestOptions,
  type SuggestRequest,
} from './suggest/suggest-index.js';
export { VectorIndex } from './vector/vector-index.js';
