/** For each row, its neighbours, strongest first. */
export interface Neighbours {
  /** Most neighbours of a row; rows with fewer are filled up with weight 0. */
  readonly width: number;
  /** [rows, width] */
  readonly rows: Int32Array;
  /** [rows, width], falling along a row. */
  readonly weights: Float32Array;
}

/** The strongest neighbours of each row; of equally strong ones those with the lower rows. */
export const strongestNeighbours = (
  rowCount: number,
  width: number,
  of: (row: number) => Iterable<readonly [neighbour: number, weight: number]>,
): Neighbours => {
  const rows = new Int32Array(rowCount * width);
  const weights = new Float32Array(rowCount * width);
  for (let row = 0; row < rowCount; row++) {
    const sorted = [...of(row)].sort(([a, weightOfA], [b, weightOfB]) => weightOfB - weightOfA || a - b);
    for (const [i, [neighbour, weight]] of sorted.slice(0, width).entries()) {
      rows[row * width + i] = neighbour;
      weights[row * width + i] = weight;
    }
  }
  return { width, rows, weights };
};

/** Weights between rows, added up. */
export class PairWeights {
  readonly #weights: readonly Map<number, number>[];

  constructor(readonly rowCount: number) {
    this.#weights = Array.from({ length: rowCount }, () => new Map<number, number>());
  }

  add(row: number, neighbour: number, weight: number): void {
    const known = this.of(row) as Map<number, number>;
    known.set(neighbour, (known.get(neighbour) ?? 0) + weight);
  }

  of(row: number): ReadonlyMap<number, number> {
    return this.#weights[row] as Map<number, number>;
  }
}
