import { splitDefaults } from './default-inputs.js';
import { tinyGraph } from './tiny-graph.js';

const scaled = (optional: boolean): Uint8Array =>
  tinyGraph({
    inputs: { x: ['B', 2], ...(optional ? { scale: [2] } : {}) },
    outputs: { y: ['B', 2] },
    constants: { scale: [2, 3] },
    nodes: [{ operator: 'Mul', inputs: ['x', 'scale'], output: 'y' }],
  });

describe('splitDefaults', () => {
  test('takes the default of an input out of the graph and keeps its values', () => {
    const model = scaled(true);
    const { bytes, defaults } = splitDefaults(model);
    expect(defaults).toEqual({ scale: { dtype: 'float32', dims: [2], data: Float32Array.of(2, 3) } });
    expect(bytes.byteLength).toBeLessThan(model.byteLength);
    expect(splitDefaults(bytes)).toEqual({ bytes, defaults: {} });
  });

  test('leaves a graph without such inputs as it is, without a copy', () => {
    const model = scaled(false);
    expect(splitDefaults(model).bytes).toBe(model);
  });

  test('keeps an empty default with its shape', () => {
    const model = tinyGraph({
      inputs: { x: ['X'] },
      outputs: { y: ['X'] },
      constants: { x: [] },
      nodes: [{ operator: 'Identity', inputs: ['x'], output: 'y' }],
    });
    expect(splitDefaults(model).defaults).toEqual({ x: { dtype: 'float32', dims: [0], data: new Float32Array(0) } });
  });

  test.each([
    ['text', Buffer.from('this is no model')],
    ['a file that is cut short', scaled(true).subarray(0, 60)],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', (_, bytes) => {
    expect(thrownBy(() => splitDefaults(bytes))).toMatchObject({ code: 'model-unusable' });
  });
});

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};
