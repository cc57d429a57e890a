import { hash64, vectorOfText, vectorText, type CatalogItem, type ExplanationSource } from '@offerstream/contracts';
import { randomNumbers } from '../random.js';
import type { ItemVector, ItemVectors } from './item-vectors.js';
import type { Describer } from './newcomers-file.js';

/** What an item is, as opposed to what shoppers did with it. */
export type ContentSource = Exclude<ExplanationSource, 'behaviour'>;

/** One description of items. A source may have several: a text its words, and what an encoder makes of it. */
export interface ItemDescription {
  /** No two descriptions of the same items have the same. */
  readonly kind: Describer['kind'];
  readonly source: ContentSource;
  readonly dimensions: number;
  /** [items, dimensions]: of unit length, or 0 for an item of which it says nothing. */
  readonly vectors: Float32Array<ArrayBuffer>;
}

/** What is known of an item that is to be described. */
export interface DescribedItem {
  readonly item?: CatalogItem;
  readonly vector?: ItemVector;
}

const SOURCES: Readonly<Record<Describer['kind'], ContentSource>> = {
  words: 'text',
  text: 'text',
  image: 'image',
  categories: 'category',
  price: 'price',
};
const NAME_DIMENSIONS = { words: 512, categories: 64 } as const;
/** Prices up to about 2 ^ (this / 2), two steps for each doubling. */
const PRICE_STEPS = 40;

/** The items of some rows, as descriptions take them. */
export const describedItems = (
  ids: readonly string[],
  items: ReadonlyMap<string, CatalogItem>,
  { byItem }: ItemVectors = NO_VECTORS,
): readonly DescribedItem[] =>
  ids.map((id) => {
    const [item, vector] = [items.get(id), byItem.get(id)];
    return { ...(item !== undefined && { item }), ...(vector !== undefined && { vector }) };
  });

const NO_VECTORS: ItemVectors = { byItem: new Map(), encoders: {} };

/** A description of the items of a catalog, and what makes it of other items. */
export interface CatalogDescription {
  readonly describer: Describer;
  readonly description: ItemDescription;
}

/** The descriptions of a catalog's items that say something of at least one of them. */
export const itemDescriptions = (
  items: readonly DescribedItem[],
  encoders: ItemVectors['encoders'] = {},
): readonly CatalogDescription[] => {
  const describers: readonly Describer[] = [
    { kind: 'words', items: items.length, documents: documentsOf(items.map(NAMES.words)) },
    ...givenDescriber('text', items, encoders),
    ...givenDescriber('image', items, encoders),
    { kind: 'categories', items: items.length, documents: documentsOf(items.map(NAMES.categories)) },
    { kind: 'price' },
  ];
  return describers
    .map((describer) => ({ describer, description: describe(describer, items) }))
    .filter(({ description }) => description.vectors.some((value) => value !== 0));
};

/** What made the vectors that describers were made of. */
export const encodersOf = (describers: readonly Describer[]): ItemVectors['encoders'] =>
  Object.fromEntries(
    describers.flatMap((describer) =>
      'encoder' in describer && describer.encoder !== undefined ? [[describer.kind, describer.encoder]] : [],
    ),
  );

/** Describes items; each has the description that it has among any others. */
export const describe = (describer: Describer, items: readonly DescribedItem[]): ItemDescription => {
  const { kind } = describer;
  switch (kind) {
    case 'words':
    case 'categories':
      return { kind, source: SOURCES[kind], ...rareNames(describer, items.map(NAMES[kind])) };
    case 'text':
    case 'image':
      return {
        kind,
        source: SOURCES[kind],
        ...given(
          vectorOfText(describer.mean) ?? new Float32Array(),
          items.map(({ vector }) => vector?.[kind]),
        ),
      };
    case 'price':
      return { kind, source: SOURCES[kind], ...prices(items) };
  }
};

const NAMES = {
  words: ({ item }: DescribedItem): readonly string[] => [
    ...new Set(item?.title?.toLowerCase().match(/[\p{L}\p{N}]+/gu)),
  ],
  /** Every node on the path. */
  categories: ({ item }: DescribedItem): readonly string[] =>
    item?.categories.map((_, depth) => item.categories.slice(0, depth + 1).join('\0')) ?? [],
} as const;

const documentsOf = (namesOf: readonly (readonly string[])[]): [string, number][] => {
  const documents = new Map<string, number>();
  for (const name of namesOf.flat()) documents.set(name, (documents.get(name) ?? 0) + 1);
  return [...documents];
};

type Rows = Pick<ItemDescription, 'dimensions' | 'vectors'>;

/**
 * Names weighted by how rare each is. Sparse vectors become dense by random projection, which keeps cosines to about ± 1 / √d
 * (Johnson, Lindenstrauss; signs as in Achlioptas, PODS 2001).
 */
const rareNames = (
  { kind, items, documents }: Extract<Describer, { documents: unknown }>,
  namesOf: readonly (readonly string[])[],
): Rows => {
  const dimensions = NAME_DIMENSIONS[kind];
  const counts = new Map(documents);
  const directions = new Map<string, Float32Array>();
  const vectors = new Float32Array(namesOf.length * dimensions);
  namesOf.forEach((names, row) => {
    const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions);
    for (const name of names) {
      const direction = directions.get(name) ?? directionOf(`${SOURCES[kind]} ${name}`, dimensions);
      directions.set(name, direction);
      // A name that no item of the catalog has is as rare as one that a single item has.
      const rarity = 1 + Math.log(items / (counts.get(name) ?? 1));
      for (let i = 0; i < dimensions; i++) vector[i] = (vector[i] as number) + rarity * (direction[i] as number);
    }
    normalise(vector);
  });
  return { dimensions, vectors };
};

const directionOf = (name: string, dimensions: number): Float32Array => {
  const random = randomNumbers(Number(BigInt.asUintN(32, hash64(name))));
  return Float32Array.from({ length: dimensions }, () => (random() < 0.5 ? -1 : 1));
};

/** What the vectors of a model have in common: models of language have theirs in a narrow cone. None where there is no vector. */
const givenDescriber = (
  kind: 'text' | 'image',
  items: readonly DescribedItem[],
  encoders: ItemVectors['encoders'],
): readonly Describer[] => {
  const rows = items.flatMap(({ vector }) => vector?.[kind] ?? []);
  const dimensions = rows[0]?.length ?? 0;
  if (dimensions === 0) return [];
  // Those of another model than the first one's say nothing here.
  const known = rows.filter((row) => row.length === dimensions);
  const mean = new Float64Array(dimensions);
  for (const row of known) row.forEach((value, i) => (mean[i] = (mean[i] as number) + value / known.length));
  const encoder = encoders[kind];
  return [{ kind, mean: vectorText(Float32Array.from(mean)), ...(encoder !== undefined && { encoder }) }];
};

const given = (mean: Float32Array, rows: readonly (Float32Array | undefined)[]): Rows => {
  const dimensions = mean.length;
  const vectors = new Float32Array(rows.length * dimensions);
  rows.forEach((row, place) => {
    if (row?.length !== dimensions) return;
    const vector = vectors.subarray(place * dimensions, (place + 1) * dimensions);
    row.forEach((value, i) => (vector[i] = value - (mean[i] as number)));
    normalise(vector);
  });
  return { dimensions, vectors };
};

/** Prices by how near they are on the scale of logarithms to each of its steps, so that like prices have like vectors. */
const prices = (items: readonly DescribedItem[]): Rows => {
  const vectors = new Float32Array(items.length * PRICE_STEPS);
  items.forEach(({ item }, row) => {
    if (item?.price === undefined) return;
    const vector = vectors.subarray(row * PRICE_STEPS, (row + 1) * PRICE_STEPS);
    const place = Math.log2(1 + item.price) * 2;
    for (let step = 0; step < PRICE_STEPS; step++) vector[step] = Math.exp(-((place - step) ** 2) / 2);
    normalise(vector);
  });
  return { dimensions: PRICE_STEPS, vectors };
};

/** Scales a vector to unit length; one without a direction stays as it is. */
export const normalise = (vector: Float32Array): void => {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (length > 1e-9) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / length;
  else vector.fill(0);
};
