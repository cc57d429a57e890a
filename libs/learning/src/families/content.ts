import type { ExplanationSource } from '@offerstream/contracts';
import { op, tensor, type Value } from '@offerstream/onnx';
import { ACTION_WEIGHTS } from '../fusion/action-weights.js';
import { fuseItems, FUSED_DIMENSIONS, type FusedItems } from '../fusion/fused-items.js';
import { describedItems, itemDescriptions } from '../fusion/item-sources.js';
import { NEWCOMERS_FILE, NEWCOMERS_GRAPH, type NewcomersFile } from '../fusion/newcomers-file.js';
import { newcomersGraph } from '../fusion/newcomers-graph.js';
import { interactionWeight } from '../interaction-weight.js';
import { MOST_POPULAR } from '../popularity.js';
import { rowsFor, type Catalog, type Ranker } from '../ranker.js';
import type { Family } from './family.js';

/**
 * R(u, i) = log P(u, i) + log Q(i), scaled to [0, 1]: how near an item is to the shopper's history by all that is known of both, and
 * how much it is wanted whoever asks. It needs no interaction with an item to offer it; with each one, more is what shoppers did.
 */
export const content: Family = {
  description:
    'Items that are like those of the history by their words, pictures, categories and prices, and by what shoppers did with them.',
  saysSources: true,
  defaults: {},
  alternatives: [],
  fit: async ({ catalog, items, vectors, ...data }) => {
    const described = itemDescriptions(describedItems(catalog.ids, items, vectors), vectors?.encoders);
    const descriptions = described.map(({ description }) => description);
    const fused = await fuseItems({ ...data, catalog, descriptions });
    const { scale, parts, weights } = fused;
    const file: NewcomersFile = {
      format: 1,
      describers: described.map(({ describer }) => describer),
      items: catalog.ids.length,
      sources: [...parts.keys()],
      scale,
      halfLifeMs: weights.halfLifeMs,
      popular: catalog.ids.slice(0, MOST_POPULAR),
    };
    const { likeness, expected, ...others } = weights;
    return {
      learned: {
        ...others,
        descriptions: descriptions.map(({ kind, source }, place) => ({
          kind,
          source,
          likeness: likeness[place],
          expected: expected[place],
        })),
      },
      ranker: () => contentRanker(catalog, { ...fused, halfLifeMs: weights.halfLifeMs }),
      // Where nothing says what an item is, nothing says where a new one belongs.
      ...(described.length > 0 && {
        beside: () => ({
          [NEWCOMERS_FILE]: JSON.stringify(file),
          [NEWCOMERS_GRAPH]: newcomersGraph(fused.newcomers).toBuffer(),
        }),
      }),
    };
  },
};

/** What the graphs are made of. */
export interface ContentModel extends Pick<FusedItems, 'vectors' | 'parts' | 'scale' | 'worth'> {
  readonly halfLifeMs: number;
}

export const contentRanker = (catalog: Catalog, fused: ContentModel): Ranker => {
  const weights = { actions: ACTION_WEIGHTS, halfLifeSeconds: fused.halfLifeMs / 1000 };
  const d = FUSED_DIMENSIONS;
  const rows = rowsFor(catalog);
  const items = padded(fused.vectors, rows * d);
  const worths = padded(fused.worth, rows);
  return (history) => {
    const { graph, positions } = history;
    const vectors = graph.initializer('items', tensor('float32', [rows, d], items));
    const worth = graph.initializer('worth', tensor('float32', [rows], worths));

    const weight = interactionWeight(history, weights);
    const seen = op.gather(vectors, positions); // [B, T, d]
    const sum = op.reshape(op.matMul(op.unsqueeze(weight, 1), seen), ['B', d]);
    const total = op.max(op.reduceSum(weight, [1], { keepDims: true }), SMALLEST);
    const userVector = op.div(sum, total);
    const length = op.sqrt(op.reduceSum(op.mul(userVector, userVector), [1], { keepDims: true }));
    const norm = op.max(length, SMALLEST);
    // Nothing is known in favour of any item when nothing is known of the shopper.
    const known = op.cast(op.greater(length, SMALLEST), 'float32');
    const direction = op.mul(op.div(userVector, norm), fused.scale);
    return {
      userVector,
      scores: () => op.mul(op.add(op.rowProducts(direction, vectors), worth), known),
      // The product with the direction is the sum of those with the interactions, each by its share of the shopper's direction.
      explain: (asked) => {
        const share = op.mul(op.div(op.div(weight, total), norm), fused.scale); // [B, T]
        const wanted = op.gather(vectors, asked); // [B, K, d]
        const likeness = op.matMul(wanted, op.transpose(seen, [0, 2, 1])); // [B, K, T]
        const along = (of: Value<'float32'>): Value<'float32'> =>
          op.squeeze(op.matMul(of, op.unsqueeze(direction, 2)), 2); // [B, K]
        const sources = new Map<ExplanationSource, Value<'float32'>>();
        let behaviour = along(wanted);
        for (const [source, part] of fused.parts) {
          const parts = graph.initializer(`items_${source}`, tensor('float32', [rows, d], padded(part, rows * d)));
          const adds = along(op.gather(parts, asked));
          sources.set(source, adds);
          behaviour = op.sub(behaviour, adds);
        }
        sources.set('behaviour', behaviour);
        return {
          contributions: op.mul(likeness, op.unsqueeze(share, 1)),
          bias: op.mul(op.gather(worth, asked), known),
          sources,
        };
      },
    };
  };
};

const SMALLEST = 1e-12;

const padded = (values: Float32Array, length: number): Float32Array => {
  const all = new Float32Array(length);
  all.set(values);
  return all;
};
