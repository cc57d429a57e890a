import { BEHAVIOUR_DIMENSIONS } from './behaviour-vectors.js';
import { condensing, projected } from './condense.js';
import { comparedItems } from './expected-behaviour.js';
import type { ContentSource } from './item-sources.js';
import { knownItems, learnWeights, ownShare, type FusionData, type FusionWeights } from './learn-weights.js';
import type { NewcomersGraphOptions } from './newcomers-graph.js';

/** Dimensions of what an item is; those of what shoppers did come beside them. */
export const CONTENT_DIMENSIONS = 64;
export const FUSED_DIMENSIONS = CONTENT_DIMENSIONS + BEHAVIOUR_DIMENSIONS;

/**
 * Items by all that is known of them. A shopper's direction is that of the weighted sum of the vectors of their history; the score of
 * an item is its product with that direction, and the item's own worth.
 */
export interface FusedItems {
  /** [items, {@link FUSED_DIMENSIONS}] */
  readonly vectors: Float32Array;
  /** [items, {@link FUSED_DIMENSIONS}]: what each source adds to the vectors, for those that add something but behaviour, which is the rest. */
  readonly parts: ReadonlyMap<ContentSource, Float32Array>;
  /** What the product of a direction and a vector counts. */
  readonly scale: number;
  /** [items]: what speaks for an item whoever asks; so that scores are in [0, 1]. */
  readonly worth: Float32Array;
  readonly weights: FusionWeights;
  /** What makes the same of items that come later. */
  readonly newcomers: NewcomersGraphOptions;
}

/** What shoppers did counts at least this share of what is expected of them, or a new item of a history would be beyond measure. */
const LEAST_OWN = 0.25;

export const fuseItems = async (data: FusionData): Promise<FusedItems> => {
  const { catalog, descriptions, seed } = data;
  const weights = await learnWeights(data);
  const known = await knownItems(data);
  const items = catalog.ids.length;
  const d = FUSED_DIMENSIONS;
  const total = [...weights.likeness, weights.behaviour].reduce((sum, weight) => sum + weight, 0) || 1;
  const shares = weights.likeness.map((weight) => weight / total);
  const projections = await condensing(descriptions, shares, CONTENT_DIMENSIONS, seed);

  // The history's vectors are the items' own: both sides have the root of a weight.
  const leastBehaviour = weights.expected.reduce((sum, weight) => sum + weight, 0) * LEAST_OWN;
  const behaviour = Math.sqrt(Math.max(weights.behaviour, leastBehaviour) / total);
  const parts = new Map<ContentSource, Float32Array>();
  const vectors = new Float32Array(items * d);
  const own = known.behaviour.shoppers.map((count) => ownShare(count, weights.evenShoppers));
  const expectedScales = weights.expected.map((weight) => (behaviour === 0 ? 0 : weight / total / behaviour));
  for (const [kind, description] of descriptions.entries()) {
    const { source } = description;
    const part = parts.get(source) ?? new Float32Array(items * d);
    parts.set(source, part);
    const content = await projected(description, projections[kind] as Float32Array);
    const expected = known.expected.vectors[kind] as Float32Array;
    const scale = expectedScales[kind] as number;
    for (let row = 0; row < items; row++) {
      add(part, row * d, content, row * CONTENT_DIMENSIONS, CONTENT_DIMENSIONS, 1);
      const rest = scale * (1 - (own[row] as number));
      add(part, row * d + CONTENT_DIMENSIONS, expected, row * BEHAVIOUR_DIMENSIONS, BEHAVIOUR_DIMENSIONS, rest);
    }
  }
  for (const part of parts.values()) add(vectors, 0, part, 0, vectors.length, 1);
  for (let row = 0; row < items; row++) {
    const scale = behaviour * (own[row] as number);
    add(
      vectors,
      row * d + CONTENT_DIMENSIONS,
      known.behaviour.vectors,
      row * BEHAVIOUR_DIMENSIONS,
      BEHAVIOUR_DIMENSIONS,
      scale,
    );
  }

  const worth = Float64Array.from(own, (share, row) => {
    const expected = (1 - share) * weights.expectedDemand * (known.expected.demand[row] as number);
    const demand = share * weights.demand * (known.demand[row] as number);
    return expected + demand + weights.quality * (known.quality.ofItems[row] as number);
  });
  const mean = worth.reduce((sum, value) => sum + value, 0) / Math.max(1, items);
  let longest = 0;
  let farthest = 0;
  for (let row = 0; row < items; row++) {
    longest = Math.max(longest, Math.hypot(...vectors.subarray(row * d, (row + 1) * d)));
    farthest = Math.max(farthest, Math.abs((worth[row] as number) - mean));
  }
  const most = 2 * (total * longest + farthest) || 1;
  const scale = total / most;
  return {
    vectors,
    parts,
    scale,
    worth: Float32Array.from(worth, (value) => 0.5 + (value - mean) / most),
    weights,
    newcomers: {
      descriptions,
      projections,
      compared: comparedItems(descriptions, known.behaviour, known.demand),
      expectedScales,
      longest,
      worth: {
        ofNone: 0.5 + (weights.quality * known.quality.ofUntouched - mean) / most,
        demand: weights.expectedDemand / most,
        farthest: farthest / most,
      },
    },
  };
};

/** Adds a scaled run of numbers to another. */
const add = (to: Float32Array, at: number, from: Float32Array, start: number, count: number, scale: number): void => {
  for (let i = 0; i < count; i++) to[at + i] = (to[at + i] as number) + scale * (from[start + i] as number);
};
