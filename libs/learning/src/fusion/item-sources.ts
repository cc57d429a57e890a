import { hash64, type CatalogItem, type ExplanationSource } from '@offerstream/contracts';
import { randomNumbers } from '../random.js';

/** What models of words and pictures make of an item; each may be missing. */
export interface ItemVector {
  readonly text?: Float32Array;
  readonly image?: Float32Array;
}

/** By the items' ids. All of a kind are of one model, so of one length. */
export type ItemVectors = ReadonlyMap<string, ItemVector>;

/** What an item is, as opposed to what shoppers did with it. */
export type ContentSource = Exclude<ExplanationSource, 'behaviour'>;

/** One description of items. A source may have several: a text its words, and what an encoder makes of it. */
export interface ItemDescription {
  readonly source: ContentSource;
  readonly dimensions: number;
  /** [items, dimensions]: of unit length, or 0 for an item of which it says nothing. */
  readonly vectors: Float32Array<ArrayBuffer>;
}

const WORD_DIMENSIONS = 512;
const CATEGORY_DIMENSIONS = 64;
/** Prices up to about 2 ^ (this / 2), two steps for each doubling. */
const PRICE_STEPS = 40;

/**
 * The descriptions of items that say something of at least one of them.
 *
 * @param ids of the items, in the order of the rows
 */
export const itemDescriptions = (
  ids: readonly string[],
  items: ReadonlyMap<string, CatalogItem>,
  vectors: ItemVectors = new Map(),
): readonly ItemDescription[] => {
  const known = ids.map((id) => items.get(id));
  const descriptions: readonly ItemDescription[] = [
    rareNames('text', known.map(wordsOf), WORD_DIMENSIONS),
    given('text', ids, vectors),
    given('image', ids, vectors),
    rareNames('category', known.map(categoriesOf), CATEGORY_DIMENSIONS),
    prices(known),
  ];
  return descriptions.filter(({ vectors: rows }) => rows.some((value) => value !== 0));
};

const wordsOf = (item: CatalogItem | undefined): readonly string[] => [
  ...new Set(item?.title?.toLowerCase().match(/[\p{L}\p{N}]+/gu)),
];

/** Every node on the path. */
const categoriesOf = (item: CatalogItem | undefined): readonly string[] =>
  item?.categories.map((_, depth) => item.categories.slice(0, depth + 1).join('\0')) ?? [];

/**
 * Names weighted by how rare each is. Sparse vectors become dense by random projection, which keeps cosines to about ± 1 / √d
 * (Johnson, Lindenstrauss; signs as in Achlioptas, PODS 2001).
 */
const rareNames = (
  source: ContentSource,
  namesOf: readonly (readonly string[])[],
  dimensions: number,
): ItemDescription => {
  const documents = new Map<string, number>();
  for (const name of namesOf.flat()) documents.set(name, (documents.get(name) ?? 0) + 1);
  const directions = new Map<string, Float32Array>();
  const vectors = new Float32Array(namesOf.length * dimensions);
  namesOf.forEach((names, row) => {
    const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions);
    for (const name of names) {
      const direction = directions.get(name) ?? directionOf(`${source} ${name}`, dimensions);
      directions.set(name, direction);
      const rarity = 1 + Math.log(namesOf.length / (documents.get(name) as number));
      for (let i = 0; i < dimensions; i++) vector[i] = (vector[i] as number) + rarity * (direction[i] as number);
    }
    normalise(vector);
  });
  return { source, dimensions, vectors };
};

const directionOf = (name: string, dimensions: number): Float32Array => {
  const random = randomNumbers(Number(BigInt.asUintN(32, hash64(name))));
  return Float32Array.from({ length: dimensions }, () => (random() < 0.5 ? -1 : 1));
};

/** Vectors of a model, without what all of them have in common: models of language have their vectors in a narrow cone. */
const given = (source: 'text' | 'image', ids: readonly string[], of: ItemVectors): ItemDescription => {
  const rows = ids.map((id) => of.get(id)?.[source]);
  const dimensions = rows.find((row) => row !== undefined)?.length ?? 0;
  const known = rows.filter((row) => row?.length === dimensions);
  const mean = new Float64Array(dimensions);
  for (const row of known) row?.forEach((value, i) => (mean[i] = (mean[i] as number) + value / known.length));
  const vectors = new Float32Array(ids.length * dimensions);
  rows.forEach((row, place) => {
    // Those of another model than the first one's say nothing here.
    if (row?.length !== dimensions) return;
    const vector = vectors.subarray(place * dimensions, (place + 1) * dimensions);
    row.forEach((value, i) => (vector[i] = value - (mean[i] as number)));
    normalise(vector);
  });
  return { source, dimensions, vectors };
};

/** Prices by how near they are on the scale of logarithms to each of its steps, so that like prices have like vectors. */
const prices = (items: readonly (CatalogItem | undefined)[]): ItemDescription => {
  const vectors = new Float32Array(items.length * PRICE_STEPS);
  items.forEach((item, row) => {
    if (item?.price === undefined) return;
    const vector = vectors.subarray(row * PRICE_STEPS, (row + 1) * PRICE_STEPS);
    const place = Math.log2(1 + item.price) * 2;
    for (let step = 0; step < PRICE_STEPS; step++) vector[step] = Math.exp(-((place - step) ** 2) / 2);
    normalise(vector);
  });
  return { source: 'price', dimensions: PRICE_STEPS, vectors };
};

/** Scales a vector to unit length; one without a direction stays as it is. */
export const normalise = (vector: Float32Array): void => {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (length > 1e-9) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / length;
  else vector.fill(0);
};
