import { Graph, op, type FloatType, type Shape, type Value } from '@offerstream/onnx';
import { openSession, type Tensor } from '@offerstream/onnx-runtime';
import { gradients } from './gradients.js';
import { SeededRandom } from './random.js';

export interface GradientCase {
  /** Sizes of the inputs with respect to which the gradient is checked; `B` is 2 and `T` 3. */
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly build: (...inputs: Value<FloatType>[]) => Value<FloatType> | readonly Value<FloatType>[];
  /** Where the inputs' elements lie; default −1 … 1. */
  readonly range?: readonly [number, number];
  /** Default float64; float32, with more tolerance, where ONNX Runtime has no other kernel. */
  readonly type?: FloatType;
}

export interface Difference {
  readonly element: string;
  readonly gradient: number;
  readonly difference: number;
}

const SIZES: Readonly<Record<string, number>> = { B: 2, T: 3 };
const STEP = { float64: 1e-5, float32: 1e-2 };
const TOLERANCE = { float64: 1e-7, float32: 1e-3 };

/**
 * Compares the symbolic gradient of the sum of the squared outputs with central differences, element by element.
 *
 * @returns where they differ, and how many elements were compared
 */
export const compareWithDifferences = async ({
  inputs,
  build,
  range: [low, high] = [-1, 1],
  type = 'float64',
}: GradientCase): Promise<{ readonly differing: readonly Difference[]; readonly compared: number }> => {
  const graph = new Graph('differences');
  const values = Object.entries(inputs).map(([name, shape]) => graph.input(name, type, shape));
  const outputs = [build(...values)].flat();
  outputs.forEach((output, i) => graph.output(`output ${i}`, output));
  const loss = outputs
    .map((y) => op.reduceSum(op.mul(y, y), [...y.shape.keys()], { keepDims: false }))
    .reduce((sum, term) => op.add(sum, term));
  const slopes = gradients(loss, values);
  slopes.forEach((slope, i) => graph.output(`d${values[i]?.name ?? ''}`, slope));

  const random = new SeededRandom(7);
  const array = type === 'float64' ? Float64Array : Float32Array;
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => {
      const dims = shape.map((dimension) => (typeof dimension === 'number' ? dimension : (SIZES[dimension] ?? 0)));
      const count = dims.reduce((product, size) => product * size, 1);
      const data = new array(count).map(() => low + (high - low) * random.next());
      return [name, { dtype: type, dims, data } as Tensor & { readonly data: Float64Array | Float32Array }];
    }),
  );
  const session = await openSession(graph.model().toBuffer());
  try {
    // Summed here, in float64.
    const lossOf = async (): Promise<number> => {
      const results = await session.run(feeds);
      const elements = outputs.flatMap((_, i) => Array.from<number | bigint>(results[`output ${i}`]?.data ?? []));
      return elements.reduce<number>((sum, element) => sum + Number(element) ** 2, 0);
    };
    const symbolic = await session.run(feeds);
    const differing: Difference[] = [];
    let compared = 0;
    for (const [name, { data, dims }] of Object.entries(feeds)) {
      const slope = symbolic[`d${name}`];
      if (slope?.dims.join() !== dims.join())
        throw new Error(`gradient of ${name} has the shape [${slope?.dims.join() ?? ''}]`);
      for (const [i, at] of data.entries()) {
        data[i] = at + STEP[type];
        const above = await lossOf();
        data[i] = at - STEP[type];
        const below = await lossOf();
        data[i] = at;
        const difference = (above - below) / (2 * STEP[type]);
        const gradient = Number(slope.data[i]);
        compared++;
        if (!(Math.abs(gradient - difference) <= TOLERANCE[type] * Math.max(1, Math.abs(difference)))) {
          differing.push({ element: `${name}[${i}]`, gradient, difference });
        }
      }
    }
    return { differing, compared };
  } finally {
    await session.close();
  }
};
