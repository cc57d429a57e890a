import { openSession } from './session.js';
import { tinyGraph } from './tiny-graph.js';

const shifted = (): Uint8Array =>
  tinyGraph({
    inputs: { x: ['B', 2], shift: [2] },
    outputs: { y: ['B', 2] },
    constants: { shift: [1, 2] },
    nodes: [{ operator: 'Add', inputs: ['x', 'shift'], output: 'y' }],
  });
const x = { dtype: 'float32', dims: [1, 2], data: Float32Array.of(1, 1) } as const;

describe('openSession', () => {
  test('describes inputs and outputs, and which input may be left out', async () => {
    const session = await openSession(shifted());
    expect(session.inputs).toEqual([
      { name: 'x', dtype: 'float32', shape: ['B', 2], optional: false },
      { name: 'shift', dtype: 'float32', shape: [2], optional: true },
    ]);
    expect(session.outputs).toEqual([{ name: 'y', dtype: 'float32', shape: ['B', 2] }]);
    await session.close();
  });

  test('uses the default of an input that is left out, and what is given otherwise', async () => {
    const session = await openSession(shifted());
    expect((await session.run({ x })).y?.data).toEqual(Float32Array.of(2, 3));
    const shift = { dtype: 'float32', dims: [2], data: Float32Array.of(10, 20) } as const;
    expect((await session.run({ x, shift })).y?.data).toEqual(Float32Array.of(11, 21));
    await session.close();
  });

  test('answers alike on two threads and with memory that is kept', async () => {
    const session = await openSession(shifted(), { threads: 2, keepMemory: true });
    const first = await session.run({ x });
    const wide = { dtype: 'float32', dims: [2, 2], data: Float32Array.of(5, 6, 7, 8) } as const;
    expect((await session.run({ x: wide })).y?.data).toEqual(Float32Array.of(6, 8, 8, 10));
    // What came back is the caller's, whatever ran since.
    expect(first.y?.data).toEqual(Float32Array.of(2, 3));
    await session.close();
  });

  test('refuses a provider that this machine does not have', async () => {
    await expect(openSession(shifted(), { provider: 'cuda' })).rejects.toMatchObject({ code: 'provider-unavailable' });
  });

  test('refuses a file that is missing and a graph that ONNX Runtime can not load', async () => {
    await expect(openSession('/nowhere/model.onnx')).rejects.toMatchObject({ code: 'model-unusable' });
    const unknown = tinyGraph({
      inputs: { x: ['B'] },
      outputs: { y: ['B'] },
      nodes: [{ operator: 'NoSuchOperator', inputs: ['x'], output: 'y' }],
    });
    await expect(openSession(unknown)).rejects.toMatchObject({ code: 'model-unusable' });
  });

  test('refuses to run once it is closed', async () => {
    const session = await openSession(shifted());
    await session.close();
    await expect(session.run({ x })).rejects.toMatchObject({ code: 'closed' });
  });
});
