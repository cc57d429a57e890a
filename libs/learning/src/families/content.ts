import { op, tensor } from '@offerstream/onnx';
import { interactionWeight, type InteractionWeights } from '../interaction-weight.js';
import { FEATURE_DIMENSIONS, itemFeatures } from '../item-features.js';
import { itemQuality } from '../item-quality.js';
import type { RankedCatalog } from '../popularity.js';
import { rowsFor, type Ranker } from '../ranker.js';
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
        contentRanker(catalog, {
          features,
          quality,
          weights: { actions: ACTION_WEIGHTS, halfLifeSeconds: halfLifeMs / 1000 },
        }),
    });
  },
};

interface ContentModel {
  /** [items, {@link FEATURE_DIMENSIONS}] */
  readonly features: Float32Array;
  /** [items] */
  readonly quality: Float32Array;
  readonly weights: InteractionWeights;
}

const contentRanker = (catalog: RankedCatalog, model: ContentModel): Ranker => {
  const d = FEATURE_DIMENSIONS;
  const rows = rowsFor(catalog);
  const features = new Float32Array(rows * d);
  features.set(model.features);
  const quality = new Float32Array(rows);
  quality.set(model.quality);
  return (history) => {
    const { graph, positions } = history;
    const vectors = graph.initializer('features', tensor('float32', [rows, d], features));
    const q = graph.initializer('quality', tensor('float32', [rows], quality));

    const weight = interactionWeight(history, model.weights);
    const seen = op.gather(vectors, positions); // [B, T, d]
    const sum = op.reshape(op.matMul(op.unsqueeze(weight, 1), seen), ['B', d]);
    const total = op.max(op.reduceSum(weight, [1], { keepDims: true }), SMALLEST);
    const userVector = op.div(sum, total);
    const length = op.sqrt(op.reduceSum(op.mul(userVector, userVector), [1], { keepDims: true }));
    const norm = op.max(length, SMALLEST);
    // Nothing is known in favour of any item when nothing is known of the shopper.
    const known = op.cast(op.greater(length, SMALLEST), 'float32');
    return {
      userVector,
      scores: () => {
        const cosine = op.rowProducts(op.div(userVector, norm), vectors);
        return op.mul(op.mul(op.mul(op.add(cosine, 1), 0.5), known), q);
      },
      // The cosine is the sum of the interactions' likenesses to the item, each by its share of the shopper's direction.
      explain: (asked) => {
        const share = op.div(op.div(weight, total), norm); // [B, T]
        const likeness = op.matMul(op.gather(vectors, asked), op.transpose(seen, [0, 2, 1])); // [B, K, T]
        const worth = op.mul(op.mul(op.gather(q, asked), 0.5), known); // [B, K]
        return {
          contributions: op.mul(op.mul(likeness, op.unsqueeze(share, 1)), op.unsqueeze(worth, 2)),
          bias: worth,
        };
      },
    };
  };
};

const SMALLEST = 1e-12;
