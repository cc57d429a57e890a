import { finiteRows } from './finite-rows.js';
import type { InferenceTensor } from './inference-client.js';

const rows = (shape: readonly number[], values: readonly number[]): InferenceTensor => ({
  datatype: 'FP32',
  shape,
  data: Float32Array.from(values),
});
const expected = { model: 'looks', output: 'embedding', rows: 1 };

it('rows of numbers are taken, of a width or of any', () => {
  const answer = rows([1, 2], [1, 2]);
  expect(finiteRows(answer, { ...expected, width: 2 })).toBe(answer);
  expect(finiteRows(answer, expected)).toBe(answer);
});

it.each<[string, InferenceTensor | undefined]>([
  ['nothing', undefined],
  ['another type', { datatype: 'INT64', shape: [1, 2], data: BigInt64Array.of(1n, 2n) }],
  ['more rows', rows([2, 2], [1, 2, 3, 4])],
  ['another width', rows([1, 3], [1, 2, 3])],
  ['one dimension', rows([1], [1])],
  ['numbers that are none', rows([1, 2], [1, NaN])],
])('%s is the fault of the model', (_, answer) => {
  expect(() => finiteRows(answer, { ...expected, width: 2 })).toThrow(/^looks /);
});

it('one dimension is no row of any width', () => {
  expect(() => finiteRows(rows([1], [1]), expected)).toThrow(/no embedding \[B, D\]/);
});
