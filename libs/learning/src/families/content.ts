import { op, tensor } from '@offerstream/onnx';
import { interactionWeight, type InteractionWeights } from '../interaction-weight.js';
import { FEATURE_DIMENSIONS, itemFeatures } from '../item-features.js';
import { itemQuality } from '../item-quality.js';
import type { Ranker } from '../retrieval-graph.js';
import type { Family } from './family.js';

export interface ContentSettings {
  readonly halfLifeMs: number;
}

const DAY_MS = 86_400_000;
const ACTION_WEIGHTS: InteractionWeights['actions'] = { 1: 1, 2: 1, 3: 2, 4: 3, 5: 2, 6: 0 };

/**
 * R(u, i) = P(u, i) x Q(u, i): how near an item's features are to those of the shopper's history, times the item's quality. It
 * needs no interaction with an item to offer it.
 */
export const content: Family<ContentSettings> = {
  description: 'Items whose title, categories and price are like those of the history, times how well they sell.',
  defaults: { halfLifeMs: DAY_MS },
  alternatives: [{ halfLifeMs: DAY_MS / 24 }, { halfLifeMs: 7 * DAY_MS }],
  fit: ({ log, catalog, items }) => {
    const features = itemFeatures(catalog.ids, items);
    const quality = itemQuality(log, catalog);
    return Promise.resolve({
      ranker: ({ halfLifeMs }) =>
        contentRanker(features, quality, { actions: ACTION_WEIGHTS, halfLifeSeconds: halfLifeMs / 1000 }),
    });
  },
};

const contentRanker =
  (features: Float32Array, quality: Float32Array, weights: InteractionWeights): Ranker =>
  (history) => {
    const { graph, rows } = history;
    const d = FEATURE_DIMENSIONS;
    const padded = new Float32Array(rows * d);
    padded.set(features);
    const vectors = graph.initializer('features', tensor('float32', [rows, d], padded));
    const qualities = new Float32Array(rows);
    qualities.set(quality);

    const weight = interactionWeight(history, weights);
    const seen = op.gather(vectors, history.positions); // [B, T, d]
    const sum = op.reshape(op.matMul(op.unsqueeze(weight, 1), seen), ['B', d]);
    const total = op.reduceSum(weight, [1], { keepDims: true });
    const userVector = op.div(sum, op.max(total, SMALLEST));
    const length = op.sqrt(op.reduceSum(op.mul(userVector, userVector), [1], { keepDims: true }));
    const cosine = op.rowProducts(op.div(userVector, op.max(length, SMALLEST)), vectors);
    // Nothing is known in favour of any item when nothing is known of the shopper.
    const known = op.cast(op.greater(length, SMALLEST), 'float32');
    const preference = op.mul(op.mul(op.add(cosine, 1), 0.5), known);
    const q = graph.initializer('quality', tensor('float32', [1, rows], qualities));
    return { userVector, scores: op.mul(preference, q) };
  };

const SMALLEST = 1e-12;
