import { ACTION } from '@offerstream/contracts';
import { positionsBySubject, type InteractionLog } from '../interaction-log.js';
import { normalise } from './item-sources.js';
import { leadingDirections, type Columns } from './subspace.js';

export const BEHAVIOUR_DIMENSIONS = 64;

/** What shoppers did with items. */
export interface ItemBehaviour {
  /** [items, {@link BEHAVIOUR_DIMENSIONS}]: near for items that the same shoppers touched; of unit length, or 0 for an item that nobody did. */
  readonly vectors: Float32Array<ArrayBuffer>;
  /** [items]: how many shoppers touched it. */
  readonly shoppers: Float64Array;
}

/** A shopper with n items has n^-this of a say in each, found on Online Retail's part for validation; see docs/quality.md. */
const SHOPPER_EXPONENT = 0.25;
/** Popular items are not nearer to all others for that: half a cosine. */
const ITEM_EXPONENT = 0.5;

/**
 * The leading directions of who touched what: the singular vectors of the matrix of shoppers and items (Cremonesi, Koren, Turrin,
 * RecSys 2010, "PureSVD"), with both scaled.
 *
 * @param rowOf the row of each item of the log
 */
export const itemBehaviour = async (
  log: InteractionLog,
  rowOf: Int32Array,
  rowCount: number,
  seed: number,
): Promise<ItemBehaviour> => {
  const touched = positionsBySubject(log).map((positions) =>
    Int32Array.from(
      new Set(
        positions
          .filter((position) => log.actions[position] !== ACTION.remove)
          .map((position) => rowOf[log.items[position] as number] as number),
      ),
    ),
  );
  const shoppers = new Float64Array(rowCount);
  for (const rows of touched) for (const row of rows) shoppers[row] = (shoppers[row] as number) + 1;
  const scale = shoppers.map((count) => (count === 0 ? 0 : count ** -ITEM_EXPONENT));
  const say = touched.map((rows) => rows.length ** -(2 * SHOPPER_EXPONENT));
  const multiply = (columns: Columns): Columns =>
    columns.map((column) => {
      const product = new Float64Array(rowCount);
      touched.forEach((rows, shopper) => {
        let sum = 0;
        for (const row of rows) sum += (scale[row] as number) * (column[row] as number);
        sum *= say[shopper] as number;
        for (const row of rows) product[row] = (product[row] as number) + (scale[row] as number) * sum;
      });
      return product;
    });
  const directions = await leadingDirections(rowCount, BEHAVIOUR_DIMENSIONS, seed, multiply);
  const vectors = new Float32Array(rowCount * BEHAVIOUR_DIMENSIONS);
  for (let row = 0; row < rowCount; row++) {
    const vector = vectors.subarray(row * BEHAVIOUR_DIMENSIONS, (row + 1) * BEHAVIOUR_DIMENSIONS);
    directions.forEach((direction, i) => (vector[i] = direction[row] as number));
    normalise(vector);
  }
  return { vectors, shoppers };
};
