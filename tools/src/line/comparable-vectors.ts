import { vectorOfText, type ItemVectors } from '@offerstream/contracts';
import type { ItemVector } from '@offerstream/learning';

type ModelVector = NonNullable<ItemVectors['text']>;

interface MadeVector {
  /** Model and version. */
  readonly maker: string;
  readonly vector: Float32Array;
}

/**
 * Vectors by item: of words, and of pictures, those of the version of a model that made the most. What says nothing is left out: a vector
 * that can't be read, is 0, or has numbers that are none, one of which would be in the mean of all.
 */
export const comparableVectors = (records: ReadonlyMap<string, ItemVectors>): ReadonlyMap<string, ItemVector> => {
  const made = [...records].map(([id, { text, image }]) => ({ id, text: madeOf(text), image: madeOf(image) }));
  const textMaker = mostUsed(made.map(({ text }) => text));
  const imageMaker = mostUsed(made.map(({ image }) => image));
  return new Map(
    made.map(({ id, text, image }) => [
      id,
      {
        ...(text !== undefined && text.maker === textMaker && { text: text.vector }),
        ...(image !== undefined && image.maker === imageMaker && { image: image.vector }),
      },
    ]),
  );
};

const madeOf = (made: ModelVector | undefined): MadeVector | undefined => {
  const vector = made === undefined ? undefined : vectorOfText(made.vector);
  if (made === undefined || vector === undefined) return undefined;
  if (!vector.every(Number.isFinite) || vector.every((value) => value === 0)) return undefined;
  return { maker: `${made.model}/${made.version}`, vector };
};

const mostUsed = (vectors: readonly (MadeVector | undefined)[]): string | undefined => {
  const makers = vectors.flatMap((made) => (made === undefined ? [] : [made.maker]));
  const counts = [...Map.groupBy(makers, (maker) => maker)].map(([maker, of]) => [maker, of.length] as const);
  return counts.sort((a, b) => b[1] - a[1])[0]?.[0];
};
