import { runInBlocks } from './row-blocks.js';
import { openSession, type Session } from './session.js';
import { unpackTensors } from './tensor-bytes.js';
import { tinyGraph } from './tiny-graph.js';

/** y[b] = x[b] times w, which belongs to the whole batch; n[b] = codes[b] + codes[b]. */
const rowwise = (): Promise<Session> =>
  openSession(
    tinyGraph({
      inputs: { x: ['B', 2], codes: ['B', 1], w: [2] },
      outputs: { y: ['B', 2], n: ['B', 1] },
      nodes: [
        { operator: 'Mul', inputs: ['x', 'w'], output: 'y' },
        { operator: 'Add', inputs: ['codes', 'codes'], output: 'n' },
      ],
    }),
  );

describe('runInBlocks', () => {
  test('gives the rows of every block in order, and the whole of what belongs to the batch to each block', async () => {
    const session = await rowwise();
    const rows = 7;
    const feeds = {
      x: { dtype: 'float32', dims: [rows, 2], data: Float32Array.from({ length: rows * 2 }, (_, i) => i) },
      codes: { dtype: 'float32', dims: [rows, 1], data: Float32Array.from({ length: rows }, (_, i) => i) },
      w: { dtype: 'float32', dims: [2], data: Float32Array.of(10, 100) },
    } as const;
    const inOneRun = unpackTensors(await runInBlocks(session, feeds, undefined, undefined));
    const inBlocks = unpackTensors(await runInBlocks(session, feeds, undefined, 3));
    expect(inBlocks).toEqual(inOneRun);
    expect(inBlocks.n?.data).toEqual(Float32Array.of(0, 2, 4, 6, 8, 10, 12));
    await session.close();
  });

  test('really runs the blocks apart', async () => {
    const session = await rowwise();
    let runs = 0;
    const counting: Session = { ...session, run: (...call) => (runs++, session.run(...call)) };
    const feeds = {
      x: { dtype: 'float32', dims: [5, 2], data: new Float32Array(10) },
      codes: { dtype: 'float32', dims: [5, 1], data: new Float32Array(5) },
      w: { dtype: 'float32', dims: [2], data: new Float32Array(2) },
    } as const;
    await runInBlocks(counting, feeds, ['y'], 2);
    expect(runs).toBe(3);
    await session.close();
  });

  test('runs once where an output has no row for each row of the batch', async () => {
    const session = await openSession(
      tinyGraph({
        inputs: { x: ['B', 2] },
        outputs: { total: [1, 1] },
        nodes: [{ operator: 'ReduceSum', inputs: ['x'], output: 'total' }],
      }),
    );
    const feeds = { x: { dtype: 'float32', dims: [4, 2], data: Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1) } } as const;
    expect(unpackTensors(await runInBlocks(session, feeds, undefined, 2)).total?.data[0]).toBe(8);
    await session.close();
  });
});
