import { Graph, op } from '@offerstream/onnx';
import { dataOf, openSession, type Tensor } from '@offerstream/onnx-runtime';
import { rowCount, type FeatureRows } from './feature-rows.js';

/** Products with one matrix of features X [N, F]. */
export interface RowProducts {
  /** X · v, [N, C]. @param v [F, C] */
  times(v: ArrayLike<number>): Promise<Float32Array>;
  /** Xᵀ · u, [F, C]. @param u [N, C] */
  transposedTimes(u: ArrayLike<number>): Promise<Float32Array>;
  close(): Promise<void>;
}

/** @param columns C, of what X is multiplied with */
export const openRowProducts = async (rows: FeatureRows, columns: number): Promise<RowProducts> => {
  const { data, dimensions } = rows;
  const count = rowCount(rows);
  const x: Tensor = { dtype: 'float32', dims: [count, dimensions], data };
  const product = async (transA: boolean, height: number) => {
    const graph = new Graph('product');
    const left = graph.input('x', 'float32', [count, dimensions]);
    graph.output('product', op.gemm(left, graph.input('v', 'float32', [height, columns]), { transA }));
    const session = await openSession(graph.model().toBuffer());
    const multiply = async (values: ArrayLike<number>): Promise<Float32Array> => {
      const v: Tensor = { dtype: 'float32', dims: [height, columns], data: Float32Array.from(values) };
      return dataOf(await session.run({ x, v }), 'product', 'float32');
    };
    return { multiply, close: () => session.close() };
  };
  const [times, transposed] = await Promise.all([product(false, dimensions), product(true, count)]);
  return {
    times: times.multiply,
    transposedTimes: transposed.multiply,
    close: async () => {
      await times.close();
      await transposed.close();
    },
  };
};
