import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  explanationModel,
  itemHash,
  type CatalogItem,
  type ItemVectors as VectorRecord,
  type TenantId,
} from '@offerstream/contracts';
import { EditableModel, readModelFile } from '@offerstream/onnx';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { LearningError } from './errors.js';
import { explanationGraph } from './explanation-graph.js';
import { content, contentRanker } from './families/content.js';
import { storedContent, storedHashes, type StoredContent } from './families/stored-content.js';
import { FUSED_DIMENSIONS } from './fusion/fused-items.js';
import { describe, describedItems, encodersOf, type ContentSource, type DescribedItem } from './fusion/item-sources.js';
import { vectorsOf, type ItemVectors } from './fusion/item-vectors.js';
import { NEWCOMERS_FILE, NEWCOMERS_GRAPH, newcomersFileSchema, type NewcomersFile } from './fusion/newcomers-file.js';
import { NEWCOMERS_OUTPUTS } from './fusion/newcomers-graph.js';
import { modelCard } from './model-card.js';
import { retrievalGraph } from './retrieval-graph.js';
import type { ModelMetrics, TrainedModel } from './trained-model.js';

export interface PlaceNewItemsOptions {
  /** The model repository. */
  readonly repository: string;
  /** Of a model of the family `content`, for example `demo.content`. */
  readonly name: string;
  /** The version that is extended: one that was trained, or one that this made of it. */
  readonly version: string;
  /**
   * What is to be placed. Items that the version was trained with stay as they are; those that were placed since are placed again where
   * what they are has changed (a picture that came later).
   */
  readonly items: Iterable<CatalogItem>;
  /**
   * Records of `item-vectors`, by item; items without one are placed by the rest. A vector of another encoder, or of another version of it,
   * than the model was trained with says nothing.
   */
  readonly vectors: ReadonlyMap<string, VectorRecord>;
}

/** A model with items added, for `storeModel`. Its metrics say what it `extends`. */
export interface ExtendedModel extends TrainedModel {
  /** Items that have a row that they did not have, or not so. */
  readonly placed: readonly string[];
}

/** Hashes of the items that a version of a content model knows, and what it knows new ones by. */
export interface ContentItems {
  readonly trained: ReadonlySet<bigint>;
  /** Those that {@link placeNewItems} has added. */
  readonly placed: ReadonlySet<bigint>;
  /** What made the vectors that say something to it. */
  readonly encoders: ItemVectors['encoders'];
}

/** @throws {LearningError} as {@link placeNewItems} */
export const contentItems = async (of: VersionOf): Promise<ContentItems> => {
  const { file } = await readNewcomers(of);
  const hashes = storedHashes(await readGraph(join(of.repository, of.name, of.version)));
  return {
    trained: new Set(hashes.subarray(0, file.items)),
    placed: new Set(hashes.subarray(file.items)),
    encoders: encodersOf(file.describers),
  };
};

/**
 * Gives items that came after a model of the family `content` was trained the rows that training would give them under the same weights,
 * as items that nobody has touched. All other rows are bit for bit those of before.
 *
 * @returns undefined where there is nothing to place
 * @throws {LearningError} `unknown-version`; `not-extendable` where the version has nothing to place items with: train again
 */
export const placeNewItems = async (options: PlaceNewItemsOptions): Promise<ExtendedModel | undefined> => {
  const { repository, name, version, items, vectors } = options;
  const folder = join(repository, name, version);
  const { file, text } = await readNewcomers(options);
  const metrics = parsed(await readFile(join(folder, 'metrics.json'), 'utf8'), folder) as ModelMetrics;
  const tenant = name.slice(0, name.indexOf('.')) as TenantId;
  const before = storedContent(
    await readGraph(folder),
    await readGraph(join(repository, explanationModel(name), version)),
    file.sources,
  );
  const rowOf = new Map(Array.from(before.hashes, (hash, row) => [hash, row]));
  const asked = [...new Map(Array.from(items, (item) => [item.id, item])).values()].filter(
    ({ id }) => (rowOf.get(itemHash(tenant, id)) ?? Infinity) >= file.items,
  );
  if (asked.length === 0) return undefined;

  const graph = await readModelFile(join(folder, NEWCOMERS_GRAPH));
  const rows = await rowsOf(file, graph, described(file, asked, vectors));
  const wanted = asked.map(({ id }, place) => {
    const hash = itemHash(tenant, id);
    return { id, hash, place, row: rowOf.get(hash) };
  });
  const placed = wanted.filter(({ row, place }) => row === undefined || !isSame(before, row, rows, place));
  if (placed.length === 0) return undefined;
  const after = withRows(before, placed, rows);

  const ranker = contentRanker(after, { ...after, scale: file.scale, halfLifeMs: file.halfLifeMs });
  const extended: ModelMetrics = {
    ...metrics,
    extends: version,
    trained: metrics.trained ?? version,
    newItems: after.hashes.length - file.items,
  };
  return {
    tenant,
    family: 'content',
    model: retrievalGraph('content', after, ranker),
    explanation: explanationGraph('content', after, ranker),
    metrics: extended,
    card: modelCard(tenant, content.description, extended),
    popular: file.popular,
    beside: { [NEWCOMERS_FILE]: text, [NEWCOMERS_GRAPH]: graph },
    placed: placed.map(({ id }) => id),
  };
};

type VersionOf = Pick<PlaceNewItemsOptions, 'repository' | 'name' | 'version'>;

const readNewcomers = async ({
  repository,
  name,
  version,
}: VersionOf): Promise<{ readonly file: NewcomersFile; readonly text: string }> => {
  const folder = join(repository, name, version);
  if (!existsSync(folder)) {
    throw new LearningError('unknown-version', `There is no version ${version} of ${name} in ${repository}.`);
  }
  const path = join(folder, NEWCOMERS_FILE);
  if (!existsSync(path)) {
    throw new LearningError(
      'not-extendable',
      `Version ${version} of ${name} has no ${NEWCOMERS_FILE}: only models of the family content, trained on items of which ` +
        'something is known, take new items. Train one again.',
    );
  }
  const text = await readFile(path, 'utf8');
  const { data: file, error } = newcomersFileSchema.safeParse(parsed(text, path));
  if (file !== undefined) return { file, text };
  throw new LearningError('not-extendable', `${path} is of another release (${error.message}). Train the model again.`);
};

const parsed = (json: string, path: string): unknown => {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new LearningError('not-extendable', `${path} is damaged (${String(error)}). Train the model again.`);
  }
};

const readGraph = async (folder: string): Promise<EditableModel> =>
  EditableModel.read(await readModelFile(join(folder, 'model.onnx')));

const described = (
  { describers }: NewcomersFile,
  items: readonly CatalogItem[],
  records: PlaceNewItemsOptions['vectors'],
): readonly DescribedItem[] => {
  const encoders = encodersOf(describers);
  const own = new Map(items.map(({ id }) => [id as string, records.get(id) ?? { id }]));
  return describedItems(
    items.map(({ id }) => id),
    new Map(items.map((item) => [item.id, item])),
    { byItem: vectorsOf(own, encoders), encoders },
  );
};

/** Rows of items in the order in which they were asked for. */
type Rows = Omit<StoredContent, 'hashes'>;

const ROWS_A_RUN = 256;

const rowsOf = async (file: NewcomersFile, graph: Uint8Array, items: readonly DescribedItem[]): Promise<Rows> => {
  const d = FUSED_DIMENSIONS;
  const rows = {
    vectors: new Float32Array(items.length * d),
    parts: new Map<ContentSource, Float32Array>(
      file.sources.map((source) => [source, new Float32Array(items.length * d)]),
    ),
    worth: new Float32Array(items.length),
  };
  const session = await openSession(graph);
  try {
    for (let start = 0; start < items.length; start += ROWS_A_RUN) {
      const batch = items.slice(start, start + ROWS_A_RUN);
      const descriptions = file.describers.map((describer) => describe(describer, batch));
      const results = await session.run(
        Object.fromEntries(
          descriptions.map(({ kind, dimensions, vectors: data }) => [
            kind,
            { dtype: 'float32', dims: [batch.length, dimensions], data },
          ]),
        ),
      );
      rows.vectors.set(dataOf(results, NEWCOMERS_OUTPUTS.vectors, 'float32'), start * d);
      rows.worth.set(dataOf(results, NEWCOMERS_OUTPUTS.worth, 'float32'), start);
      for (const [source, part] of rows.parts) {
        part.set(dataOf(results, NEWCOMERS_OUTPUTS.part(source), 'float32'), start * d);
      }
    }
  } finally {
    await session.close();
  }
  return rows;
};

/** A row may differ by so much because it was made in another batch. */
const ROUNDING = 1e-4;

const isSame = (before: Rows, row: number, rows: Rows, place: number): boolean => {
  const d = FUSED_DIMENSIONS;
  const isNear = (a: Float32Array, at: number, b: Float32Array, from: number, count: number): boolean =>
    a.subarray(at, at + count).every((value, i) => Math.abs(value - (b[from + i] as number)) <= ROUNDING);
  return isNear(before.vectors, row * d, rows.vectors, place * d, d) && isNear(before.worth, row, rows.worth, place, 1);
};

interface Placed {
  readonly hash: bigint;
  /** Where it stands among the rows that were made. */
  readonly place: number;
  /** The row that it has; undefined for one that gets the next. */
  readonly row: number | undefined;
}

/** Rows that are new stand behind all others: among equal scores the popular items go first. */
const withRows = (before: StoredContent, placed: readonly Placed[], rows: Rows): StoredContent => {
  let next = before.hashes.length;
  const to = placed.map(({ hash, place, row }) => ({ hash, place, row: row ?? next++ }));
  const hashes = new BigInt64Array(next);
  hashes.set(before.hashes);
  for (const { hash, row } of to) hashes[row] = hash;
  const taken = (old: Float32Array, made: Float32Array, width: number): Float32Array => {
    const all = new Float32Array(next * width);
    all.set(old);
    for (const { place, row } of to) all.set(made.subarray(place * width, (place + 1) * width), row * width);
    return all;
  };
  const d = FUSED_DIMENSIONS;
  return {
    hashes,
    vectors: taken(before.vectors, rows.vectors, d),
    parts: new Map(
      Array.from(before.parts, ([source, old]) => [source, taken(old, rows.parts.get(source) as Float32Array, d)]),
    ),
    worth: taken(before.worth, rows.worth, 1),
  };
};
