import { Graph, op, tensor, vector, type Value } from '@offerstream/onnx';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { BEHAVIOUR_DIMENSIONS, type ItemBehaviour } from './behaviour-vectors.js';
import type { ItemDescription } from './item-sources.js';

/** What is expected of items by those that are like them, each item left out of account for itself. */
export interface ExpectedBehaviour {
  /** For each description [items, {@link BEHAVIOUR_DIMENSIONS}]; 0 for an item of which it says nothing. */
  readonly vectors: readonly Float32Array<ArrayBuffer>[];
  /** [items]: the demand of items that are alike by all descriptions. */
  readonly demand: Float32Array<ArrayBuffer>;
}

/** How much more an item counts that is more alike: e^(this x cosine). Found on Online Retail's part for validation. */
const SHARPNESS = 8;
/** So many items, those with the most shoppers, are what others are compared with. */
const MOST_COMPARED = 4_000;
const ROWS_A_RUN = 256;
const NEVER = -1e9;

/**
 * The mean of the behaviour of known items, each weighted by how like it is (Nadaraya and Watson's regression, which is attention over
 * the known items). An item that nobody has touched gets a place among those that shoppers touch.
 *
 * @param demand [items] of the known items
 */
export const expectedBehaviour = async (
  descriptions: readonly ItemDescription[],
  { vectors, shoppers }: ItemBehaviour,
  demand: Float32Array,
  signal?: AbortSignal,
): Promise<ExpectedBehaviour> => {
  const d = BEHAVIOUR_DIMENSIONS;
  const rowCount = shoppers.length;
  const expected = {
    vectors: descriptions.map(() => new Float32Array(rowCount * d)),
    demand: new Float32Array(rowCount),
  };
  const known = Array.from(shoppers.keys())
    .filter((row) => (shoppers[row] as number) > 0)
    .sort((a, b) => (shoppers[b] as number) - (shoppers[a] as number) || a - b)
    .slice(0, MOST_COMPARED);
  if (known.length < 2 || descriptions.length === 0) return expected;

  const session = await openSession(expectationGraph(descriptions, { vectors, shoppers, demand, known }).toBuffer());
  try {
    for (let start = 0; start < rowCount; start += ROWS_A_RUN) {
      signal?.throwIfAborted();
      const rows = Math.min(ROWS_A_RUN, rowCount - start);
      const results = await session.run({
        rows: { dtype: 'int64', dims: [rows], data: BigInt64Array.from({ length: rows }, (_, i) => BigInt(start + i)) },
        ...Object.fromEntries(
          descriptions.map(({ dimensions, vectors: of }, place) => [
            `description_${place}`,
            {
              dtype: 'float32',
              dims: [rows, dimensions],
              data: of.slice(start * dimensions, (start + rows) * dimensions),
            },
          ]),
        ),
      });
      expected.demand.set(dataOf(results, 'demand', 'float32'), start);
      expected.vectors.forEach((all, place) => all.set(dataOf(results, `expected_${place}`, 'float32'), start * d));
    }
  } finally {
    await session.close();
  }
  descriptions.forEach((description, place) => {
    for (let row = 0; row < rowCount; row++) {
      if (!saysSomething(description, row)) expected.vectors[place]?.fill(0, row * d, (row + 1) * d);
    }
  });
  return expected;
};

interface Known extends ItemBehaviour {
  readonly demand: Float32Array;
  /** Rows of the items that others are compared with. */
  readonly known: readonly number[];
}

const expectationGraph = (descriptions: readonly ItemDescription[], { vectors, shoppers, demand, known }: Known) => {
  const d = BEHAVIOUR_DIMENSIONS;
  const graph = new Graph('expected-behaviour');
  const rows = graph.input('rows', 'int64', ['B']);
  const places = graph.initializer('known', tensor('int64', [1, known.length], BigInt64Array.from(known, BigInt)));
  const never = graph.scalar('float32', NEVER);
  const exceptItself = (x: Value<'float32'>): Value<'float32'> =>
    op.softmax(op.where(op.equal(op.unsqueeze(rows, 1), places), never, x));
  const behaviour = graph.initializer('behaviour', tensor('float32', [known.length, d], rowsOf(vectors, d, known)));
  let likeness: Value<'float32'> | undefined;
  descriptions.forEach((description, place) => {
    const { dimensions, vectors: of } = description;
    const x = graph.input(`description_${place}`, 'float32', ['B', dimensions]);
    const compared = graph.initializer(
      `known_${place}`,
      tensor('float32', [known.length, dimensions], rowsOf(of, dimensions, known)),
    );
    const alike = op.mul(op.rowProducts(x, compared), SHARPNESS);
    likeness = likeness === undefined ? alike : op.add(likeness, alike);
    // What is known of an item grows with the root of its shoppers.
    const trust = known.map((row) => (saysSomething(description, row) ? Math.log(shoppers[row] as number) / 2 : NEVER));
    const weights = exceptItself(op.add(alike, graph.initializer(`trust_${place}`, vector('float32', trust))));
    graph.output(`expected_${place}`, op.matMul(weights, behaviour));
  });
  const demands = tensor('float32', [known.length, 1], rowsOf(demand, 1, known));
  graph.output('demand', op.matMul(exceptItself(likeness as Value<'float32'>), graph.initializer('demands', demands)));
  return graph.model();
};

const rowsOf = (matrix: Float32Array, width: number, rows: readonly number[]): Float32Array => {
  const chosen = new Float32Array(rows.length * width);
  rows.forEach((row, place) => chosen.set(matrix.subarray(row * width, (row + 1) * width), place * width));
  return chosen;
};

const saysSomething = ({ vectors, dimensions }: ItemDescription, row: number): boolean =>
  vectors.subarray(row * dimensions, (row + 1) * dimensions).some((value) => value !== 0);
