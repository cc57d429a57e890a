import type { ItemVector, ItemVectors } from '@offerstream/learning';

interface ModelVector {
  readonly model: string;
  readonly version: string;
  /** Base64 of float32, little-endian. */
  readonly vector: string;
}

/** A record of the topic `item-vectors`. */
export interface VectorRecord {
  readonly text?: ModelVector | undefined;
  readonly image?: ModelVector | undefined;
}

/** Vectors by item: of words, and of pictures, those of the version of a model that made the most. */
export const comparableVectors = (records: ReadonlyMap<string, VectorRecord>): ItemVectors => {
  const text = mostUsed(Array.from(records.values(), (record) => record.text));
  const image = mostUsed(Array.from(records.values(), (record) => record.image));
  const vectors = new Map<string, ItemVector>();
  for (const [id, record] of records) {
    vectors.set(id, {
      ...(record.text !== undefined && makerOf(record.text) === text && { text: floatsOf(record.text) }),
      ...(record.image !== undefined && makerOf(record.image) === image && { image: floatsOf(record.image) }),
    });
  }
  return vectors;
};

const makerOf = ({ model, version }: ModelVector): string => `${model}/${version}`;

const mostUsed = (vectors: readonly (ModelVector | undefined)[]): string | undefined => {
  const made = vectors.flatMap((vector) => (vector === undefined ? [] : [makerOf(vector)]));
  const counts = [...Map.groupBy(made, (maker) => maker)].map(([maker, of]) => [maker, of.length] as const);
  return counts.sort((a, b) => b[1] - a[1])[0]?.[0];
};

const floatsOf = ({ vector }: ModelVector): Float32Array => {
  // A copy begins where a float may.
  const bytes = Uint8Array.from(Buffer.from(vector, 'base64'));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
};
