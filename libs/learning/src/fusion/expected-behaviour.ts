import { Graph, op, tensor, vector, type OnnxModel, type Value } from '@offerstream/onnx';
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
  behaviour: ItemBehaviour,
  demand: Float32Array,
  signal?: AbortSignal,
): Promise<ExpectedBehaviour> => {
  const d = BEHAVIOUR_DIMENSIONS;
  const rowCount = behaviour.shoppers.length;
  const expected = {
    vectors: descriptions.map(() => new Float32Array(rowCount * d)),
    demand: new Float32Array(rowCount),
  };
  const compared = comparedItems(descriptions, behaviour, demand);
  if (compared === undefined) return expected;

  const session = await openSession(leftOutGraph(descriptions, compared).toBuffer());
  try {
    for (let start = 0; start < rowCount; start += ROWS_A_RUN) {
      signal?.throwIfAborted();
      const rows = Math.min(ROWS_A_RUN, rowCount - start);
      const results = await session.run({
        rows: { dtype: 'int64', dims: [rows], data: BigInt64Array.from({ length: rows }, (_, i) => BigInt(start + i)) },
        ...Object.fromEntries(
          descriptions.map(({ kind, dimensions, vectors: of }) => [
            kind,
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
  return expected;
};

/** The items that others are compared with. */
export interface ComparedItems {
  /** Their rows. */
  readonly rows: readonly number[];
  /** [compared, {@link BEHAVIOUR_DIMENSIONS}] */
  readonly behaviour: Float32Array;
  /** [compared, 1] */
  readonly demand: Float32Array;
  /** For each description. */
  readonly kinds: readonly {
    readonly dimensions: number;
    /** [compared, dimensions] */
    readonly vectors: Float32Array;
    /** [compared]: how much is known of each, in logarithms. */
    readonly trust: readonly number[];
  }[];
}

/** @param demand [items] @returns undefined where there is nothing to compare with */
export const comparedItems = (
  descriptions: readonly ItemDescription[],
  { vectors, shoppers }: ItemBehaviour,
  demand: Float32Array,
): ComparedItems | undefined => {
  const rows = Array.from(shoppers.keys())
    .filter((row) => (shoppers[row] as number) > 0)
    .sort((a, b) => (shoppers[b] as number) - (shoppers[a] as number) || a - b)
    .slice(0, MOST_COMPARED);
  if (rows.length < 2 || descriptions.length === 0) return undefined;
  return {
    rows,
    behaviour: rowsOf(vectors, BEHAVIOUR_DIMENSIONS, rows),
    demand: rowsOf(demand, 1, rows),
    kinds: descriptions.map((description) => ({
      dimensions: description.dimensions,
      vectors: rowsOf(description.vectors, description.dimensions, rows),
      // What is known of an item grows with the root of its shoppers.
      trust: rows.map((row) => (saysSomething(description, row) ? Math.log(shoppers[row] as number) / 2 : NEVER)),
    })),
  };
};

/** What is expected of the items of a batch, as a part of a graph. */
export interface Expectations {
  /** For each description [B, {@link BEHAVIOUR_DIMENSIONS}]; 0 for an item of which it says nothing. */
  readonly behaviour: readonly Value<'float32'>[];
  /** [B, 1] */
  readonly demand: Value<'float32'>;
}

/**
 * @param described for each description [B, dimensions]
 * @param among what is left of [B, compared] logarithms of weights, where an item is not compared with all
 */
export const expectations = (
  graph: Graph,
  described: readonly Value<'float32'>[],
  compared: ComparedItems,
  among = (weights: Value<'float32'>): Value<'float32'> => weights,
): Expectations => {
  const count = compared.rows.length;
  const known = graph.initializer(
    'known_behaviour',
    tensor('float32', [count, BEHAVIOUR_DIMENSIONS], compared.behaviour),
  );
  let likeness: Value<'float32'> | undefined;
  const behaviour = described.map((x, place) => {
    const { dimensions, vectors, trust } = compared.kinds[place] as ComparedItems['kinds'][number];
    const others = graph.initializer(`known_${place}`, tensor('float32', [count, dimensions], vectors));
    const alike = op.mul(op.rowProducts(x, others), SHARPNESS);
    likeness = likeness === undefined ? alike : op.add(likeness, alike);
    const trusted = op.add(alike, graph.initializer(`trust_${place}`, vector('float32', trust)));
    const says = op.cast(op.greater(op.reduceSumSquare(x, [1], { keepDims: true }), 0), 'float32');
    return op.mul(op.matMul(op.softmax(among(trusted)), known), says);
  });
  const demands = graph.initializer('known_demand', tensor('float32', [count, 1], compared.demand));
  return { behaviour, demand: op.matMul(op.softmax(among(likeness as Value<'float32'>)), demands) };
};

/** The items that are compared with others are among those that are asked for, each left out for itself. */
const leftOutGraph = (descriptions: readonly ItemDescription[], compared: ComparedItems): OnnxModel => {
  const graph = new Graph('expected-behaviour');
  const rows = graph.input('rows', 'int64', ['B']);
  const places = tensor('int64', [1, compared.rows.length], BigInt64Array.from(compared.rows, BigInt));
  const itself = op.equal(op.unsqueeze(rows, 1), graph.initializer('known', places));
  const never = graph.scalar('float32', NEVER);
  const described = descriptions.map(({ kind, dimensions }) => graph.input(kind, 'float32', ['B', dimensions]));
  const { behaviour, demand } = expectations(graph, described, compared, (weights) => op.where(itself, never, weights));
  behaviour.forEach((expected, place) => graph.output(`expected_${place}`, expected));
  graph.output('demand', demand);
  return graph.model();
};

const rowsOf = (matrix: Float32Array, width: number, rows: readonly number[]): Float32Array => {
  const chosen = new Float32Array(rows.length * width);
  rows.forEach((row, place) => chosen.set(matrix.subarray(row * width, (row + 1) * width), place * width));
  return chosen;
};

const saysSomething = ({ vectors, dimensions }: ItemDescription, row: number): boolean =>
  vectors.subarray(row * dimensions, (row + 1) * dimensions).some((value) => value !== 0);
