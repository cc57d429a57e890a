import { RETRIEVAL_INPUTS, RETRIEVAL_OUTPUTS, ACTION } from '@offerstream/contracts';
import { Graph, op, tensor, type OnnxModel, type Value } from '@offerstream/onnx';

/** Items that a request gets, at most. */
export const RESULTS = 50;

/** The catalog as a graph sees it: rows 0 … items-1 are its items, row `unknown` stands for every other item. */
export interface Catalog {
  /** Hashes of the items, none twice, most popular first: among equal scores the more popular item ranks higher. */
  readonly hashes: BigInt64Array;
}

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

export interface Ranking {
  /** [B, rows] float32; 0 means that nothing is known in favour of an item. */
  readonly scores: Value<'float32'>;
  /** [B, d] float32, for families that have one. */
  readonly userVector?: Value<'float32'>;
}

/** Turns a batch of histories into scores: what makes a family a family. */
export type Ranker = (history: HistoryBatch) => Ranking;

/** Rows of every per-item initializer of a family: see {@link HistoryBatch.rows}. */
export const rowsFor = (catalog: Catalog): number => Math.max(catalog.hashes.length + 1, RESULTS);

/**
 * The retrieval model around a family's ranker (contracts, `retrieval-model.ts`): hash → row, ranking, what may not
 * be returned, the best {@link RESULTS} → hashes. An empty history scores 0 everywhere and so gets the most popular.
 */
export const retrievalGraph = (name: string, catalog: Catalog, rank: Ranker): OnnxModel => {
  const graph = new Graph(name);
  const items = graph.input(RETRIEVAL_INPUTS.historyItems, 'int64', ['B', 'L']);
  const actions = graph.input(RETRIEVAL_INPUTS.historyActions, 'int64', ['B', 'L']);
  const ages = graph.input(RETRIEVAL_INPUTS.historyAges, 'float32', ['B', 'L']);
  const nothing = tensor('int64', [1, 0], new BigInt64Array(0));
  const context = graph.optionalInput(RETRIEVAL_INPUTS.contextItems, ['B', 'C'], nothing);
  const excluded = graph.optionalInput(RETRIEVAL_INPUTS.excludeItems, ['B', 'X'], nothing);
  const blocked = graph.optionalInput(RETRIEVAL_INPUTS.blockedItems, ['Y'], tensor('int64', [0], new BigInt64Array(0)));

  const unknownRow = catalog.hashes.length;
  const rows = rowsFor(catalog);
  const rowOf = (hashes: Value<'int64'>): Value<'int64'> => op.positionOf(hashes, catalog.hashes, unknownRow);
  // A left-out default has one row for the whole batch.
  const forEach = (values: Value<'int64'>): Value<'int64'> => op.expand(values, ['B', 1]);

  const { scores, userVector } = graph.scope('rank', () => {
    const known = op.where(op.greater(actions, LAST_ACTION), graph.scalar('int64', 0), actions);
    const viewed = op.filled(graph.scalar('int64', ACTION.view), ['B', 'C']);
    const justNow = op.filled(graph.scalar('float32', 0), ['B', 'C']);
    const hashes = op.concat([items, forEach(context)], 1);
    return rank({
      graph,
      rows,
      hashes,
      positions: rowOf(hashes),
      actions: op.concat([known, viewed], 1),
      ages: op.concat([ages, justNow], 1),
    });
  });

  const best = graph.scope('select', () => {
    const hidden = Array.from({ length: rows - unknownRow }, (_, i) => unknownRow + i);
    const never = op.concat(
      [
        op.expand(graph.int64s(hidden), ['B', hidden.length]),
        rowOf(forEach(excluded)),
        op.expand(rowOf(blocked), ['B', 'Y']),
      ],
      1,
    );
    const impossible = op.expand(graph.scalar('float32', -Infinity), ['B', 1]);
    // The updates have the shape of the positions whatever X and Y are.
    const updates = op.where(op.greater(never, -1), impossible, impossible);
    return op.topK(op.scatterElements(scores, never, updates, 1), RESULTS);
  });

  const hashes = new BigInt64Array(rows);
  hashes.set(catalog.hashes);
  const there = op.greater(best.values, -Infinity);
  const found = op.gather(graph.initializer('item_hashes', tensor('int64', [rows], hashes)), best.indices);
  graph.output(RETRIEVAL_OUTPUTS.userVector, userVector ?? op.filled(graph.scalar('float32', 0), ['B', 0]));
  graph.output(RETRIEVAL_OUTPUTS.items, op.where(there, found, 0));
  graph.output(RETRIEVAL_OUTPUTS.scores, op.where(there, best.values, 0));
  return graph.model();
};

const LAST_ACTION = Math.max(...Object.values(ACTION));
