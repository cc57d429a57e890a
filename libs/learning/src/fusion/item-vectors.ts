import { vectorOfText, type ItemVectors as VectorRecord } from '@offerstream/contracts';
import type { Encoder } from './newcomers-file.js';

/** What models of words and pictures make of an item; each may be missing. */
export interface ItemVector {
  readonly text?: Float32Array;
  readonly image?: Float32Array;
}

export interface ItemVectors {
  /** By the items' ids. All of a kind are of one model, so of one length. */
  readonly byItem: ReadonlyMap<string, ItemVector>;
  /** What made the vectors of each kind. Where it is not said, items that come later can't be placed by theirs. */
  readonly encoders: Readonly<Partial<Record<keyof ItemVector, Encoder>>>;
}

/**
 * Vectors by item: of words, and of pictures, those of the version of a model that made the most. What says nothing is left out: a vector
 * that can't be read, is 0, or has numbers that are none, one of which would be in the mean of all.
 */
export const comparableVectors = (records: ReadonlyMap<string, VectorRecord>): ItemVectors => {
  const text = mostUsed([...records.values()].map((record) => record.text));
  const image = mostUsed([...records.values()].map((record) => record.image));
  const encoders = { ...(text !== undefined && { text }), ...(image !== undefined && { image }) };
  return { byItem: vectorsOf(records, encoders), encoders };
};

/** The vectors that say something and were made by given encoders. */
export const vectorsOf = (
  records: ReadonlyMap<string, VectorRecord>,
  encoders: ItemVectors['encoders'],
): ReadonlyMap<string, ItemVector> =>
  new Map(
    Array.from(records, ([id, record]) => {
      const text = madeBy(encoders.text, record.text);
      const image = madeBy(encoders.image, record.image);
      return [id, { ...(text !== undefined && { text }), ...(image !== undefined && { image }) }];
    }),
  );

type ModelVector = NonNullable<VectorRecord['text']>;

const madeBy = (encoder: Encoder | undefined, made: ModelVector | undefined): Float32Array | undefined =>
  encoder !== undefined && made?.model === encoder.model && made.version === encoder.version
    ? readVector(made)
    : undefined;

const readVector = ({ vector: text }: ModelVector): Float32Array | undefined => {
  const vector = vectorOfText(text);
  return vector?.every(Number.isFinite) === true && vector.some((value) => value !== 0) ? vector : undefined;
};

const mostUsed = (vectors: readonly (ModelVector | undefined)[]): Encoder | undefined => {
  const made = vectors.flatMap((vector) => (vector !== undefined && readVector(vector) !== undefined ? [vector] : []));
  const counts = [...Map.groupBy(made, ({ model, version }) => `${model}/${version}`).values()];
  const [first] = counts.sort((a, b) => b.length - a.length)[0] ?? [];
  return first && { model: first.model, version: first.version };
};
