import { checkInputs } from './check-inputs.js';
import { OnnxRuntimeError } from './errors.js';
import type { InputMetadata } from './tensor.js';

const INPUTS: readonly InputMetadata[] = [
  { name: 'items', dtype: 'int64', shape: ['B', 'L'], optional: false },
  { name: 'ages', dtype: 'float32', shape: ['B', 'L'], optional: false },
  { name: 'blocked', dtype: 'int64', shape: ['Y'], optional: true },
];
const items = { dtype: 'int64', dims: [2, 3], data: new BigInt64Array(6) } as const;
const ages = { dtype: 'float32', dims: [2, 3], data: new Float32Array(6) } as const;

describe('checkInputs', () => {
  test('accepts what the graph asks for, with and without what may be left out', () => {
    expect(() => checkInputs(INPUTS, { items, ages })).not.toThrow();
    const blocked = { dtype: 'int64', dims: [1], bytes: new Uint8Array(8) } as const;
    expect(() => checkInputs(INPUTS, { items, ages, blocked })).not.toThrow();
  });

  test.each([
    ['a missing input', { items }, 'Input "ages" (float32 [B, L]) is missing.'],
    ['an unknown input', { items, ages, prices: ages }, 'There is no input "prices"; there are items, ages, blocked.'],
    [
      'another type',
      { items, ages: { dtype: 'float64', dims: [2, 3], data: new Float64Array(6) } as const },
      'Input "ages" must be float32 [B, L], float64 came.',
    ],
    [
      'another number of dimensions',
      { items, ages: { ...ages, dims: [6] } },
      'Input "ages" must be float32 [B, L], [6] came.',
    ],
    [
      'too few bytes',
      { items, ages: { dtype: 'float32', dims: [2, 3], bytes: new Uint8Array(20) } as const },
      'Input "ages" of float32 [2, 3] needs 24 bytes, 20 came.',
    ],
    [
      'sizes that disagree',
      { items, ages: { dtype: 'float32', dims: [2, 4], data: new Float32Array(8) } as const },
      'Input "ages" (float32 [B, L]) has L = 4, but "items" has L = 3.',
    ],
  ])('refuses %s and says which', (_, feeds, message) => {
    const refused = new OnnxRuntimeError('input-invalid', message);
    expect(() => checkInputs(INPUTS, feeds)).toThrow(refused);
  });
});
