import type { CatalogItem } from '@offerstream/contracts';
import { hash64 } from '@offerstream/contracts';
import { randomNumbers } from './random.js';

/** Dimensions of an item's feature vector. */
export const FEATURE_DIMENSIONS = 128;

const WEIGHTS = { word: 1, category: 2, priceBand: 0.5 } as const;

/**
 * Unit vectors of items from the words of their titles, their categories and their price bands, weighted by how rare each is.
 * Sparse features become dense by random projection, which keeps cosines to about ± 1 / √d (Johnson, Lindenstrauss;
 * signs as in Achlioptas, PODS 2001).
 *
 * @returns [ids, {@link FEATURE_DIMENSIONS}]; 0 for an item of which nothing is known
 */
export const itemFeatures = (
  ids: readonly string[],
  items: ReadonlyMap<string, CatalogItem>,
): Float32Array<ArrayBuffer> => {
  const featuresOf = ids.map((id) => {
    const item = items.get(id);
    return item === undefined ? new Map<string, number>() : sparseFeatures(item);
  });
  const documents = new Map<string, number>();
  for (const features of featuresOf) {
    for (const name of features.keys()) documents.set(name, (documents.get(name) ?? 0) + 1);
  }
  const directions = new Map<string, Float32Array>();
  const d = FEATURE_DIMENSIONS;
  const vectors = new Float32Array(ids.length * d);
  featuresOf.forEach((features, row) => {
    for (const [name, weight] of features) {
      const direction = directions.get(name) ?? directionOf(name);
      directions.set(name, direction);
      const rarity = Math.log(1 + ids.length / (documents.get(name) as number));
      for (let i = 0; i < d; i++) {
        vectors[row * d + i] = (vectors[row * d + i] as number) + weight * rarity * (direction[i] as number);
      }
    }
    normalise(vectors.subarray(row * d, (row + 1) * d));
  });
  return vectors;
};

const sparseFeatures = (item: CatalogItem): Map<string, number> => {
  const features = new Map<string, number>();
  for (const word of item.title?.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
    features.set(`word ${word}`, WEIGHTS.word);
  item.categories.forEach((_, depth) => {
    features.set(`category ${item.categories.slice(0, depth + 1).join('\0')}`, WEIGHTS.category);
  });
  if (item.price !== undefined) features.set(`price ${priceBand(item.price)}`, WEIGHTS.priceBand);
  return features;
};

/** Two bands for each doubling of the price. */
const priceBand = (price: number): number => Math.floor(Math.log2(1 + price) * 2);

const directionOf = (name: string): Float32Array => {
  const random = randomNumbers(Number(BigInt.asUintN(32, hash64(name))));
  return Float32Array.from({ length: FEATURE_DIMENSIONS }, () => (random() < 0.5 ? -1 : 1));
};

const normalise = (vector: Float32Array): void => {
  const length = Math.hypot(...vector);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / length;
};
