import type { ActionCode } from '@offerstream/contracts';
import { op, tensor, type OnnxModel } from '@offerstream/onnx';
import { explanationGraph } from '../explanation-graph.js';
import { factorize } from '../factorization.js';
import { foldIn } from '../fold-in.js';
import { whitened, type SparseRows } from '../implicit-least-squares.js';
import { positionsBySubject, type InteractionLog } from '../interaction-log.js';
import { interactionWeight, type InteractionWeights } from '../interaction-weight.js';
import type { RankedCatalog } from '../popularity.js';
import { rowsFor, type Catalog, type Ranker } from '../ranker.js';
import { retrievalGraph } from '../retrieval-graph.js';
import type { Family } from './family.js';

/** Item factors of implicit-feedback matrix factorisation, with what folds a history in. */
export interface FactorModel {
  /** [items, d], rows in the catalog's order. */
  readonly factors: Float32Array;
  readonly dimensions: number;
  /** λ of the fold-in. */
  readonly regularization: number;
  readonly confidence: InteractionWeights;
}

const factorRanker = (catalog: Catalog, model: FactorModel): Ranker => {
  const d = model.dimensions;
  const rows = rowsFor(catalog);
  const items = whitened(model.factors, d, model.regularization, rows);
  return (history) => {
    const { graph, positions } = history;
    const factors = graph.initializer('factors', tensor('float32', [rows, d], items));
    const { userVector, parts } = graph.scope('fold-in', () =>
      foldIn(op.gather(factors, positions), interactionWeight(history, model.confidence)),
    );
    return {
      userVector,
      scores: () => op.rowProducts(userVector, factors),
      // What the steps to the served vector leave undone is no interaction's.
      explain: (asked) => {
        const wanted = op.gather(factors, asked); // [B, K, d]
        const score = op.squeeze(op.matMul(wanted, op.unsqueeze(userVector, 2)), 2);
        const contributions = parts(wanted);
        return { contributions, bias: op.sub(score, op.reduceSum(contributions, [2], { keepDims: false })) };
      },
    };
  };
};

export interface CollaborativeSettings {
  /** A history's interaction counts half as much when it is this much older than the newest. */
  readonly halfLifeMs: number;
}

const HOUR_MS = 3_600_000;
const DIMENSIONS = 64;
const REGULARIZATION = 20;
const ITERATIONS = 8;
/** Confidence of one interaction; how public clickstreams scored on held-out parts chose it and the regularization. */
const CONFIDENCE: InteractionWeights['actions'] = { 1: 40, 2: 40, 3: 50, 4: 60, 5: 80, 6: 0 };

/** Implicit-feedback matrix factorisation, with the shopper's factors solved from their history inside the graph. */
export const collaborative: Family<CollaborativeSettings> = {
  description: 'Matrix factorisation of who touched what; a shopper is the least-squares fit of their history.',
  defaults: { halfLifeMs: HOUR_MS },
  alternatives: [{ halfLifeMs: 24 * HOUR_MS }, { halfLifeMs: 7 * 24 * HOUR_MS }],
  fit: async ({ log, catalog, seed, signal }) => {
    const { items: factors } = await factorize(confidences(log, catalog), catalog.ids.length, {
      dimensions: DIMENSIONS,
      regularization: REGULARIZATION,
      iterations: ITERATIONS,
      seed,
      ...(signal === undefined ? {} : { signal }),
    });
    return {
      ranker: ({ halfLifeMs }) =>
        factorRanker(catalog, {
          factors,
          dimensions: DIMENSIONS,
          regularization: REGULARIZATION,
          confidence: { actions: CONFIDENCE, halfLifeSeconds: halfLifeMs / 1000 },
        }),
    };
  },
};

/** Shoppers' rows of the sum of their interactions' confidence with each item. */
const confidences = (log: InteractionLog, catalog: RankedCatalog): SparseRows => {
  const starts = [0];
  const columns: number[] = [];
  const weights: number[] = [];
  for (const positions of positionsBySubject(log)) {
    const cells = new Map<number, number>();
    for (const position of positions) {
      const weight = CONFIDENCE[log.actions[position] as ActionCode];
      const row = catalog.rows[log.items[position] as number] as number;
      if (weight > 0) cells.set(row, (cells.get(row) ?? 0) + weight);
    }
    for (const [row, weight] of cells) {
      columns.push(row);
      weights.push(weight);
    }
    starts.push(columns.length);
  }
  return {
    starts: Int32Array.from(starts),
    columns: Int32Array.from(columns),
    weights: Float32Array.from(weights),
  };
};

/** The collaborative family's graph over given factors. */
export const collaborativeGraph = (catalog: Catalog, model: FactorModel): OnnxModel =>
  retrievalGraph('collaborative', catalog, factorRanker(catalog, model));

/** The explanations of {@link collaborativeGraph}. */
export const collaborativeExplanation = (catalog: Catalog, model: FactorModel): OnnxModel =>
  explanationGraph('collaborative', catalog, factorRanker(catalog, model));
