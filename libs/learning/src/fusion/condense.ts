import { Graph, op, tensor } from '@offerstream/onnx';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import type { ItemDescription } from './item-sources.js';
import { leadingDirections, type Columns } from './subspace.js';

/** So many items show which directions matter. */
const MOST_SHOWN = 4_000;
const ROWS_A_RUN = 1_024;

/**
 * Puts weighted descriptions side by side and keeps the directions in which items differ most (principal components about 0), so that
 * the inner products of the whole stay nearly what they are: cosines by description x weight, summed.
 *
 * @returns for each description [its dimensions, dimensions], what projects it; an item's vector is the sum of its projected descriptions
 */
export const condensing = async (
  descriptions: readonly ItemDescription[],
  weights: readonly number[],
  dimensions: number,
  seed: number,
): Promise<readonly Float32Array<ArrayBuffer>[]> => {
  const used = descriptions.map((description, place) => ({
    ...description,
    scale: Math.sqrt(weights[place] as number),
    rows: description.vectors.length / description.dimensions,
  }));
  const width = used.reduce((sum, description) => sum + description.dimensions, 0);
  const rows = used[0]?.rows ?? 0;
  if (used.length === 0) return [];
  const directions = await directionsOf(sideBySide(used, width, rows), width, dimensions, seed);
  let start = 0;
  return used.map(({ dimensions: own, scale }) => {
    const projection = new Float32Array(own * dimensions);
    directions.forEach((direction, column) => {
      for (let i = 0; i < own; i++) projection[i * dimensions + column] = scale * (direction[start + i] as number);
    });
    start += own;
    return projection;
  });
};

interface Used extends ItemDescription {
  readonly scale: number;
}

/** [shown, width]: every n-th item. */
const sideBySide = (used: readonly Used[], width: number, rows: number): Float32Array => {
  const step = Math.ceil(rows / MOST_SHOWN);
  const shown = Math.ceil(rows / step);
  const all = new Float32Array(shown * width);
  for (let place = 0; place < shown; place++) {
    let start = place * width;
    for (const { vectors, dimensions, scale } of used) {
      const row = vectors.subarray(place * step * dimensions, (place * step + 1) * dimensions);
      row.forEach((value, i) => (all[start + i] = scale * value));
      start += dimensions;
    }
  }
  return all;
};

const directionsOf = async (shown: Float32Array, width: number, count: number, seed: number): Promise<Columns> => {
  const graph = new Graph('stretch');
  const matrix = graph.initializer('shown', tensor('float32', [shown.length / width, width], shown));
  const columns = graph.input('columns', 'float32', [count, width]);
  graph.output('stretched', op.matMul(op.rowProducts(columns, matrix), matrix));
  const session = await openSession(graph.model().toBuffer());
  try {
    return await leadingDirections(width, count, seed, async (of) => {
      const data = new Float32Array(count * width);
      of.forEach((column, place) => data.set(column, place * width));
      const results = await session.run({ columns: { dtype: 'float32', dims: [count, width], data } });
      const stretched = dataOf(results, 'stretched', 'float32');
      return of.map((_, place) => Float64Array.from(stretched.subarray(place * width, (place + 1) * width)));
    });
  } finally {
    await session.close();
  }
};

/** @param projection of {@link condensing} @returns [items, dimensions] */
export const projected = async (
  { vectors, dimensions: width }: ItemDescription,
  projection: Float32Array,
): Promise<Float32Array<ArrayBuffer>> => {
  const dimensions = projection.length / width;
  const graph = new Graph('project');
  const onto = graph.initializer('projection', tensor('float32', [width, dimensions], projection));
  graph.output('projected', op.matMul(graph.input('vectors', 'float32', ['B', width]), onto));
  const rows = vectors.length / width;
  const all = new Float32Array(rows * dimensions);
  const session = await openSession(graph.model().toBuffer());
  try {
    for (let start = 0; start < rows; start += ROWS_A_RUN) {
      const count = Math.min(ROWS_A_RUN, rows - start);
      const data = vectors.slice(start * width, (start + count) * width);
      const results = await session.run({ vectors: { dtype: 'float32', dims: [count, width], data } });
      all.set(dataOf(results, 'projected', 'float32'), start * dimensions);
    }
  } finally {
    await session.close();
  }
  return all;
};
