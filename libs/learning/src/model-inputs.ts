import { ACTION, RETRIEVAL_INPUTS } from '@offerstream/contracts';
import { op, tensor, type Graph, type Value } from '@offerstream/onnx';
import { rowsFor, type Catalog, type HistoryBatch } from './ranker.js';

/** The inputs that a retrieval model and its explanation have in common (contracts, `retrieval-model.ts`). */
export interface ModelInputs {
  readonly history: HistoryBatch;
  /** [B, X] int64 item hashes; of a left-out one [1, 0]. */
  readonly excluded: Value<'int64'>;
  /** [Y] int64 item hashes; Y may be 0. */
  readonly blocked: Value<'int64'>;
  /** Rows of items by their hashes; the first row after the catalog's for padding and unknown items. */
  readonly rowOf: (hashes: Value<'int64'>) => Value<'int64'>;
}

/** Declares the inputs in a graph that has none yet. */
export const modelInputs = (graph: Graph, catalog: Catalog): ModelInputs => {
  const items = graph.input(RETRIEVAL_INPUTS.historyItems, 'int64', ['B', 'L']);
  const actions = graph.input(RETRIEVAL_INPUTS.historyActions, 'int64', ['B', 'L']);
  const ages = graph.input(RETRIEVAL_INPUTS.historyAges, 'float32', ['B', 'L']);
  const nothing = tensor('int64', [1, 0], new BigInt64Array(0));
  const context = graph.optionalInput(RETRIEVAL_INPUTS.contextItems, ['B', 'C'], nothing);
  const excluded = graph.optionalInput(RETRIEVAL_INPUTS.excludeItems, ['B', 'X'], nothing);
  const blocked = graph.optionalInput(RETRIEVAL_INPUTS.blockedItems, ['Y'], tensor('int64', [0], new BigInt64Array(0)));

  const rowOf = (hashes: Value<'int64'>): Value<'int64'> =>
    op.positionOf(hashes, catalog.hashes, catalog.hashes.length);
  const history = graph.scope('history', (): HistoryBatch => {
    const known = op.where(op.greater(actions, LAST_ACTION), graph.scalar('int64', 0), actions);
    const viewed = op.filled(graph.scalar('int64', ACTION.view), ['B', 'C']);
    const justNow = op.filled(graph.scalar('float32', 0), ['B', 'C']);
    // A left-out default has one row for the whole batch.
    const hashes = op.concat([items, op.expand(context, ['B', 1])], 1);
    return {
      graph,
      rows: rowsFor(catalog),
      hashes,
      positions: rowOf(hashes),
      actions: op.concat([known, viewed], 1),
      ages: op.concat([ages, justNow], 1),
    };
  });
  return { history, excluded, blocked, rowOf };
};

const LAST_ACTION = Math.max(...Object.values(ACTION));
