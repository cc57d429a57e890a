import type { ExplanationSource } from '@offerstream/contracts';
import type { Graph, Value } from '@offerstream/onnx';

/** The catalog as a graph sees it: rows 0 … items-1 are its items, row `items` stands for every other item. */
export interface Catalog {
  /** Hashes of the items, none twice, most popular first: among equal scores the more popular item ranks higher. */
  readonly hashes: BigInt64Array;
}

/** Items that a request gets, at most. */
export const RESULTS = 50;

/** Rows of every per-item initializer of a family: see {@link HistoryBatch.rows}. */
export const rowsFor = (catalog: Catalog): number => Math.max(catalog.hashes.length + 1, RESULTS);

/** A batch of histories inside a graph; what the page shows counts as viewed just now. T = L + C positions. */
export interface HistoryBatch {
  readonly graph: Graph;
  /** Rows of the score matrix: the catalog's items, then at least one row that stands for unknown items. */
  readonly rows: number;
  /** [B, T] int64 item hashes, 0 = padding. */
  readonly hashes: Value<'int64'>;
  /** [B, T] int64, newest last: rows of the items; the first row after the catalog's for padding and unknown items. */
  readonly positions: Value<'int64'>;
  /** [B, T] int64 action codes; codes outside the contract are 0. */
  readonly actions: Value<'int64'>;
  /** [B, T] float32 seconds. */
  readonly ages: Value<'float32'>;
}

/** Why items have their scores: for an item of the catalog, the contributions and the bias sum to its score. */
export interface Explanation {
  /** [B, K, T] float32, or what broadcasts to it: what each interaction adds. Those of unknown items are left out of account. */
  readonly contributions: Value<'float32'>;
  /** [B, K] float32: the rest; 0 for unknown items. */
  readonly bias: Value<'float32'>;
  /** [B, K] float32: what comes from each source, for families that know; they sum to the contributions. One that is left out adds nothing. */
  readonly sources?: ReadonlyMap<ExplanationSource, Value<'float32'>>;
}

/** What a family makes of a batch of histories. A graph asks either for the scores of all items or for the reasons of some. */
export interface Ranking {
  /** [B, d] float32, for families that have one. */
  readonly userVector?: Value<'float32'>;
  /** [B, rows] float32; 0 means that nothing is known in favour of an item. */
  readonly scores: () => Value<'float32'>;
  /** @param items [B, K] int64 rows of items */
  readonly explain: (items: Value<'int64'>) => Explanation;
}

/** Turns a batch of histories into scores, and says where they come from: what makes a family a family. */
export type Ranker = (history: HistoryBatch) => Ranking;
