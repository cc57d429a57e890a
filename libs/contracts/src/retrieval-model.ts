/**
 * The one signature of a retrieval model: an ONNX graph that makes a shopper's vector and ranks the catalog.
 * B shoppers, L interactions (newest last), C context items, X excluded items, Y blocked items, K results, d dimensions.
 */
export const RETRIEVAL_INPUTS = {
  /** [B, L] int64: item hashes, 0 = padding (on the left, since the newest is last). */
  historyItems: 'history_items',
  /** [B, L] int64: action codes, 0 where the item is padding. */
  historyActions: 'history_actions',
  /** [B, L] float32: seconds before the newest event's own time, 0 or more. */
  historyAges: 'history_ages',
  /** [B, C] int64, may be left out: what the page or cart shows now. */
  contextItems: 'context_items',
  /** [B, X] int64, may be left out: never return these to this shopper. */
  excludeItems: 'exclude_items',
  /** [Y] int64, may be left out: available to nobody now. */
  blockedItems: 'blocked_items',
} as const;

export const RETRIEVAL_OUTPUTS = {
  /** [B, d] float32; d = 0 for a family without a user vector. */
  userVector: 'user_vector',
  /** [B, K] int64: the best K item hashes, best first, 0 where there are fewer. */
  items: 'items',
  /** [B, K] float32, in the order of `items`. */
  scores: 'scores',
} as const;

/**
 * Name of the model that explains a retrieval model: a sibling graph in the same version, with the inputs of
 * {@link RETRIEVAL_INPUTS} and of {@link EXPLANATION_INPUTS}. For every item that it is asked for, the contributions and the bias
 * sum to the score that the retrieval model gives, within 1e-4.
 */
export const explanationModel = (model: string): string => `${model}-explain`;

export const EXPLANATION_INPUTS = {
  /** [B, K] int64: hashes of the items to explain, 0 = padding. */
  items: 'items',
} as const;

/** Of padding, and of an item that the model does not know, all are 0. */
export const EXPLANATION_OUTPUTS = {
  /** [B, K, L + C] float32: what each interaction of the history adds to the item's score, then what each context item adds. */
  contributions: 'contributions',
  /** [B, K] float32: the part of the item's score that is no single interaction's. */
  bias: 'bias',
  /**
   * [B, K, {@link EXPLANATION_SOURCES}] float32, may be left out: what of the item's score, but for the bias, comes from each source. They
   * sum to the contributions.
   */
  sources: 'sources',
} as const;

/** What a model can know of an item: what it is, in words, by its picture, its category and its price, and what shoppers did with it. */
export const EXPLANATION_SOURCES = ['text', 'image', 'category', 'price', 'behaviour'] as const;
export type ExplanationSource = (typeof EXPLANATION_SOURCES)[number];
