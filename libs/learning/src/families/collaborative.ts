import { op, tensor, type OnnxModel } from '@offerstream/onnx';
import { foldIn } from '../fold-in.js';
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

/** [d, d]: Yᵀ Y + λ I of the factors [items, d], summed in float64. */
export const gramMatrix = (factors: Float32Array, dimensions: number, regularization: number): Float32Array => {
  const d = dimensions;
  const sums = new Float64Array(d * d);
  for (let row = 0; row < factors.length; row += d) {
    for (let i = 0; i < d; i++) {
      const left = factors[row + i] as number;
      for (let j = 0; j <= i; j++) sums[i * d + j] = (sums[i * d + j] as number) + left * (factors[row + j] as number);
    }
  }
  const gram = new Float32Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++)
      gram[i * d + j] = (sums[Math.max(i, j) * d + Math.min(i, j)] as number) + (i === j ? regularization : 0);
  }
  return gram;
};
