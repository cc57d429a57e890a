/** Rows of positive weights: row r has the columns `columns[starts[r] … starts[r + 1] - 1]`, each once. */
export interface SparseRows {
  /** [rows + 1] */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly weights: Float32Array;
}

/**
 * Improves the factors x of rows `from` … `to - 1`, given the factors y of the columns: some conjugate-gradient steps, from
 * where x is, towards the minimum of {@link implicitLoss}, that is (G + Σ w y yᵀ) x = Σ w y with the sums over the row's columns
 * (Rendle, Krichene, Zhang, Koren, "Revisiting the Performance of iALS on Item Recommendation Benchmarks", RecSys 2022; the
 * steps: Takács, Pilászy, Tikk, RecSys 2011).
 *
 * @param gram [d, d] float32: G = Yᵀ Y + λ I
 */
export const improveRows = (
  matrix: SparseRows,
  gram: Float32Array,
  y: Float32Array,
  x: Float32Array,
  dimensions: number,
  steps: number,
  from: number,
  to: number,
): void => {
  const d = dimensions;
  const residual = new Float64Array(d);
  const direction = new Float64Array(d);
  const image = new Float64Array(d);
  // out += Σ w (y·v) y over the row's columns, + G v
  const multiply = (row: number, v: Float64Array, out: Float64Array): void => {
    for (let i = 0; i < d; i++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += (gram[i * d + j] as number) * (v[j] as number);
      out[i] = sum;
    }
    for (let k = matrix.starts[row] as number; k < (matrix.starts[row + 1] as number); k++) {
      const at = (matrix.columns[k] as number) * d;
      let product = 0;
      for (let i = 0; i < d; i++) product += (y[at + i] as number) * (v[i] as number);
      product *= matrix.weights[k] as number;
      for (let i = 0; i < d; i++) out[i] = (out[i] as number) + product * (y[at + i] as number);
    }
  };
  const start = new Float64Array(d);
  for (let row = from; row < to; row++) {
    const own = row * d;
    for (let i = 0; i < d; i++) start[i] = x[own + i] as number;
    multiply(row, start, image);
    for (let i = 0; i < d; i++) residual[i] = -(image[i] as number);
    for (let k = matrix.starts[row] as number; k < (matrix.starts[row + 1] as number); k++) {
      const at = (matrix.columns[k] as number) * d;
      const target = matrix.weights[k] as number;
      for (let i = 0; i < d; i++) residual[i] = (residual[i] as number) + target * (y[at + i] as number);
    }
    let rest = 0;
    for (let i = 0; i < d; i++) {
      direction[i] = residual[i] as number;
      rest += (residual[i] as number) ** 2;
    }
    for (let step = 0; step < steps && rest > SMALLEST_RESIDUAL; step++) {
      multiply(row, direction, image);
      let curvature = 0;
      for (let i = 0; i < d; i++) curvature += (direction[i] as number) * (image[i] as number);
      const length = rest / curvature;
      let left = 0;
      for (let i = 0; i < d; i++) {
        start[i] = (start[i] as number) + length * (direction[i] as number);
        const r = (residual[i] as number) - length * (image[i] as number);
        residual[i] = r;
        left += r * r;
      }
      for (let i = 0; i < d; i++) direction[i] = (residual[i] as number) + (left / rest) * (direction[i] as number);
      rest = left;
    }
    for (let i = 0; i < d; i++) x[own + i] = start[i] as number;
  }
};

const SMALLEST_RESIDUAL = 1e-12;

/** [d, d] float32: Yᵀ Y + λ I of the factors [rows, d], summed in float64. */
export const gramMatrix = (
  factors: Float32Array,
  dimensions: number,
  regularization: number,
): Float32Array<ArrayBuffer> => {
  const d = dimensions;
  const sums = new Float64Array(d * d);
  for (let row = 0; row < factors.length; row += d) {
    for (let i = 0; i < d; i++) {
      const left = factors[row + i] as number;
      for (let j = 0; j <= i; j++) sums[i * d + j] = (sums[i * d + j] as number) + left * (factors[row + j] as number);
    }
  }
  const gram = new Float32Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      gram[i * d + j] = (sums[Math.max(i, j) * d + Math.min(i, j)] as number) + (i === j ? regularization : 0);
    }
  }
  return gram;
};

/**
 * The factors [rows, d] in coordinates in which G = Yᵀ Y + λ I is the identity: rows y R⁻¹ with Rᵀ R = G (Cholesky, in float64).
 * All scores of shoppers that are folded in stay what they are, and fewer conjugate-gradient steps reach them.
 *
 * @param padded rows of the result; those beyond the factors are 0
 */
export const whitened = (
  factors: Float32Array,
  dimensions: number,
  regularization: number,
  padded: number,
): Float32Array<ArrayBuffer> => {
  const d = dimensions;
  const lower = cholesky(gramMatrix(factors, d, regularization), d);
  const result = new Float32Array(padded * d);
  const solved = new Float64Array(d);
  for (let row = 0; row < factors.length; row += d) {
    for (let i = 0; i < d; i++) {
      let sum = factors[row + i] as number;
      for (let k = 0; k < i; k++) sum -= (lower[i * d + k] as number) * (solved[k] as number);
      solved[i] = sum / (lower[i * d + i] as number);
    }
    result.set(solved, row);
  }
  return result;
};

/** [d, d]: the lower triangle L of L Lᵀ = matrix, which is symmetric and positive definite. */
const cholesky = (matrix: Float32Array, d: number): Float64Array => {
  const lower = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * d + j] as number;
      for (let k = 0; k < j; k++) sum -= (lower[i * d + k] as number) * (lower[j * d + k] as number);
      lower[i * d + j] = i === j ? Math.sqrt(sum) : sum / (lower[j * d + j] as number);
    }
  }
  return lower;
};

/** The loss that the factors minimise: Σ over the matrix' weights w (1 - x·y)² + Σ over all cells (x·y)² + λ (‖X‖² + ‖Y‖²). */
export const implicitLoss = (
  matrix: SparseRows,
  x: Float32Array,
  y: Float32Array,
  dimensions: number,
  regularization: number,
): number => {
  const d = dimensions;
  let loss = 0;
  // Σ (x·y)² over all cells is the sum of the products of the two Gram matrices.
  const xx = gramMatrix(x, d, 0);
  const yy = gramMatrix(y, d, 0);
  for (let i = 0; i < d * d; i++) loss += (xx[i] as number) * (yy[i] as number);
  for (let i = 0; i < d; i++) loss += regularization * ((xx[i * d + i] as number) + (yy[i * d + i] as number));
  for (let row = 0; row + 1 < matrix.starts.length; row++) {
    for (let k = matrix.starts[row] as number; k < (matrix.starts[row + 1] as number); k++) {
      const at = (matrix.columns[k] as number) * d;
      let score = 0;
      for (let i = 0; i < d; i++) score += (x[row * d + i] as number) * (y[at + i] as number);
      loss += (matrix.weights[k] as number) * (1 - score) ** 2;
    }
  }
  return loss;
};
