import { ACTION } from '@offerstream/contracts';
import { positionsBySubject, type InteractionLog } from './interaction-log.js';
import { PairWeights, strongestNeighbours, type Neighbours } from './neighbours.js';

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
  const pairs = new PairWeights(rowCount);
  const shoppers = new Float64Array(rowCount);
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
        pairs.add(from, to, weight);
        pairs.add(to, from, weight * options.backward);
      }
    }
  }
  return strongestNeighbours(rowCount, options.width, (row) => normalised(pairs.of(row), shoppers, options));
};

const normalised = (
  weights: ReadonlyMap<number, number>,
  shoppers: Float64Array,
  { rowExponent, neighbourExponent, shrinkage }: CoOccurrenceOptions,
): [neighbour: number, weight: number][] => {
  let total = 0;
  for (const weight of weights.values()) total += weight;
  const rowNorm = (total + shrinkage) ** rowExponent;
  return Array.from(weights, ([neighbour, weight]) => [
    neighbour,
    weight / (rowNorm * ((shoppers[neighbour] as number) + shrinkage) ** neighbourExponent),
  ]);
};
