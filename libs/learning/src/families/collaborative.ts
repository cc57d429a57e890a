import { op, tensor, type OnnxModel } from '@offerstream/onnx';
import { foldIn } from '../fold-in.js';
import { gramMatrix } from '../implicit-least-squares.js';
import { retrievalGraph, rowsFor, type Catalog, type Ranker } from '../retrieval-graph.js';
import { interactionWeight, type InteractionWeights } from '../interaction-weight.js';

/** Item factors of implicit-feedback matrix factorisation, with what folds a history in. */
export interface FactorModel {
  /** [items, d], rows in the catalog's order. */
  readonly factors: Float32Array;
  readonly dimensions: number;
  /** λ of the fold-in. */
  readonly regularization: number;
  readonly confidence: InteractionWeights;
}

export const factorRanker =
  (catalog: Catalog, model: FactorModel): Ranker =>
  (history) => {
    const d = model.dimensions;
    const rows = rowsFor(catalog);
    const padded = new Float32Array(rows * d);
    padded.set(model.factors);
    const factors = history.graph.initializer('factors', tensor('float32', [rows, d], padded));
    const userVector = history.graph.scope('fold-in', () =>
      foldIn(
        gramMatrix(model.factors, d, model.regularization),
        d,
        op.gather(factors, history.positions),
        interactionWeight(history, model.confidence),
      ),
    );
    return { userVector, scores: op.rowProducts(userVector, factors) };
  };

/** The collaborative family's graph. */
export const collaborativeGraph = (catalog: Catalog, model: FactorModel): OnnxModel =>
  retrievalGraph('collaborative', catalog, factorRanker(catalog, model));
