import { leadingDirections } from './subspace.js';

test('the leading directions of a matrix, orthonormal, and 0 beyond its rank', async () => {
  // Stretches (1, 1, 0) by 9 and (1, -1, 0) by 2.
  const matrix = [
    [5.5, 3.5, 0],
    [3.5, 5.5, 0],
    [0, 0, 0],
  ];
  const [first, second, third] = await leadingDirections(3, 3, 1, (columns) =>
    columns.map((column) =>
      Float64Array.from(matrix, (row) => row.reduce((sum, value, i) => sum + value * (column[i] as number), 0)),
    ),
  );
  const half = Math.SQRT1_2;
  expect(Array.from(first ?? [], Math.abs)).toEqual([expect.closeTo(half), expect.closeTo(half), expect.closeTo(0)]);
  expect(Array.from(second ?? [], Math.abs)).toEqual([expect.closeTo(half), expect.closeTo(half), expect.closeTo(0)]);
  expect((second?.[0] ?? 0) * (second?.[1] ?? 0)).toBeLessThan(0);
  expect(Array.from(third ?? [])).toEqual([0, 0, 0]);
});
