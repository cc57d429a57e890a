import { ACTION } from '@offerstream/contracts';
import { positionsBySubject, type InteractionLog } from './interaction-log.js';

/** For each row, its neighbours, strongest first. */
export interface Neighbours {
  /** Most neighbours of a row; rows with fewer are filled up with weight 0. */
  readonly width: number;
  /** [rows, width] */
  readonly rows: Int32Array;
  /** [rows, width], falling along a row. */
  readonly weights: Float32Array;
}

export interface CoOccurrenceOptions {
  /** Pairs count that are at most so many different items apart in a shopper's sequence. */
  readonly window: number;
  /** A pair counts x distance^-this. */
  readonly distanceExponent: number;
  /** A pair counts x e^(-time between / this). */
  readonly gapMs: number;
  /** How much the earlier item is a neighbour of the later one; the later is one of the earlier by 1. */
  readonly backward: number;
  /** A weight is divided by (all weights of the row + shrinkage)^this: 1 makes it a confidence. */
  readonly rowExponent: number;
  /** A weight is divided by (number of shoppers of the neighbour + shrinkage)^this: 0.5 is half a cosine. */
  readonly neighbourExponent: number;
  readonly shrinkage: number;
  readonly width: number;
}

/**
 * Item-to-item neighbours from how closely items follow each other in shoppers' sequences (Sarwar et al., WWW 2001, with
 * the distances of sequential rules: Ludewig, Jannach, UMUAI 2018, equation 3).
 *
 * @param rowOf the row of each item of the log
 */
export const coOccurrence = (
  log: InteractionLog,
  rowOf: Int32Array,
  rowCount: number,
  options: CoOccurrenceOptions,
): Neighbours => {
  const weights = Array.from({ length: rowCount }, () => new Map<number, number>());
  const shoppers = new Float64Array(rowCount);
  const count = (row: number, neighbour: number, weight: number): void => {
    const known = weights[row] as Map<number, number>;
    known.set(neighbour, (known.get(neighbour) ?? 0) + weight);
  };
  for (const positions of positionsBySubject(log)) {
    const rows: number[] = [];
    const times: number[] = [];
    for (const position of positions) {
      if (log.actions[position] === ACTION.remove) continue;
      const row = rowOf[log.items[position] as number] as number;
      // Several events with one item in a row are one visit to it.
      if (rows.at(-1) === row) continue;
      rows.push(row);
      times.push(log.times[position] as number);
    }
    for (const row of new Set(rows)) shoppers[row] = (shoppers[row] as number) + 1;
    for (let later = 1; later < rows.length; later++) {
      for (let earlier = later - 1; earlier >= 0 && later - earlier <= options.window; earlier--) {
        const from = rows[earlier] as number;
        const to = rows[later] as number;
        if (from === to) continue;
        const gap = (times[later] as number) - (times[earlier] as number);
        const weight = (later - earlier) ** -options.distanceExponent * Math.exp(-gap / options.gapMs);
        count(from, to, weight);
        count(to, from, weight * options.backward);
      }
    }
  }
  return strongest(weights, shoppers, options);
};

const strongest = (
  weights: readonly ReadonlyMap<number, number>[],
  shoppers: Float64Array,
  { width, rowExponent, neighbourExponent, shrinkage }: CoOccurrenceOptions,
): Neighbours => {
  const rows = new Int32Array(weights.length * width);
  const values = new Float32Array(weights.length * width);
  weights.forEach((neighbours, row) => {
    let total = 0;
    for (const weight of neighbours.values()) total += weight;
    const rowNorm = (total + shrinkage) ** rowExponent;
    const scored = Array.from(neighbours, ([neighbour, weight]) => ({
      neighbour,
      weight: weight / (rowNorm * ((shoppers[neighbour] as number) + shrinkage) ** neighbourExponent),
    }));
    scored.sort((a, b) => b.weight - a.weight || a.neighbour - b.neighbour);
    scored.slice(0, width).forEach(({ neighbour, weight }, i) => {
      rows[row * width + i] = neighbour;
      values[row * width + i] = weight;
    });
  });
  return { width, rows, weights: values };
};
