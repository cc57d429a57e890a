import { randomNumbers } from '../random.js';

/** A matrix [rows, columns], column by column: they are what is made orthogonal. */
export type Columns = readonly Float64Array[];

const ITERATIONS = 6;

/**
 * The directions in which a symmetric matrix stretches most, by subspace iteration (Halko, Martinsson, Tropp, SIAM Review 2011,
 * algorithm 4.4). Where the matrix has a lower rank, the last columns are 0.
 *
 * @param multiply the matrix times columns
 */
export const leadingDirections = async (
  rows: number,
  count: number,
  seed: number,
  multiply: (columns: Columns) => Columns | Promise<Columns>,
): Promise<Columns> => {
  const random = randomNumbers(seed);
  let columns: Columns = Array.from({ length: count }, () => Float64Array.from({ length: rows }, () => random() - 0.5));
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    orthonormalise(columns);
    columns = await multiply(columns);
  }
  orthonormalise(columns);
  return columns;
};

/** Gram and Schmidt, twice over each column: once leaves rounding behind where columns are nearly parallel. */
const orthonormalise = (columns: Columns): void => {
  columns.forEach((column, place) => {
    const before = lengthOf(column);
    for (let pass = 0; pass < 2; pass++) {
      for (const other of columns.slice(0, place)) {
        let product = 0;
        for (let i = 0; i < column.length; i++) product += (column[i] as number) * (other[i] as number);
        if (product === 0) continue;
        for (let i = 0; i < column.length; i++) column[i] = (column[i] as number) - product * (other[i] as number);
      }
    }
    const length = lengthOf(column);
    // What is left of a column that the others make up is rounding.
    if (length <= before * 1e-9) column.fill(0);
    else for (let i = 0; i < column.length; i++) column[i] = (column[i] as number) / length;
  });
};

const lengthOf = (column: Float64Array): number => {
  let squares = 0;
  for (const value of column) squares += value * value;
  return Math.sqrt(squares);
};
