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
