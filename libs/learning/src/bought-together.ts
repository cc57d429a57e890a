import { ACTION } from '@offerstream/contracts';
import { positionsBySubject, type InteractionLog } from './interaction-log.js';
import { PairWeights, strongestNeighbours, type Neighbours } from './neighbours.js';

export interface BoughtTogetherOptions {
  /** A shopper's interactions further apart belong to different sessions. */
  readonly sessionGapMs: number;
  /** How much an item counts that stayed in the cart; a bought one counts 1. */
  readonly cart: number;
  /** Orders of an item from which on they speak louder than what was touched close to it. */
  readonly shrinkage: number;
  readonly width: number;
}

/** Of a larger basket the items that came last: a wholesaler's order of everything says nothing of pairs, and costs its square. */
const LARGEST_BASKET = 100;

/**
 * Item-to-item neighbours from what was bought, or lay in the cart, in one session: the confidence of the association rule i → j
 * (Agrawal, Imieliński, Swami, SIGMOD 1993), orders with both / orders with i, drawn towards how closely j follows i in sessions
 * as long as there are few orders (a Dirichlet prior: Zhai, Lafferty, SIGIR 2001):
 * (n(i, j) + μ p(j | i)) / (n(i) + μ).
 *
 * @param rowOf the row of each item of the log
 * @param nearby p(j | i), and the number of rows
 */
export const boughtTogether = (
  log: InteractionLog,
  rowOf: Int32Array,
  nearby: Neighbours,
  { sessionGapMs, cart, shrinkage, width }: BoughtTogetherOptions,
): Neighbours => {
  const rowCount = nearby.rows.length / nearby.width;
  const pairs = new PairWeights(rowCount);
  const orders = new Float64Array(rowCount);
  for (const positions of positionsBySubject(log)) {
    for (const session of sessionsOf(log, positions, sessionGapMs)) {
      const basket = basketOf(log, session, rowOf, cart).slice(-LARGEST_BASKET);
      for (const [row, weight] of basket) {
        orders[row] = (orders[row] as number) + weight;
        for (const [other, otherWeight] of basket) {
          if (other !== row) pairs.add(row, other, Math.min(weight, otherWeight));
        }
      }
    }
  }
  return strongestNeighbours(rowCount, width, (row) => {
    const together = new Map(pairs.of(row));
    for (let i = row * nearby.width; i < (row + 1) * nearby.width; i++) {
      const share = nearby.weights[i] as number;
      const neighbour = nearby.rows[i] as number;
      if (share > 0) together.set(neighbour, (together.get(neighbour) ?? 0) + shrinkage * share);
    }
    const total = (orders[row] as number) + shrinkage;
    return Array.from(together, ([neighbour, weight]) => [neighbour, weight / total] as const);
  });
};

/** A shopper's positions in the log, cut where nothing was done for long. */
function* sessionsOf(log: InteractionLog, positions: readonly number[], gapMs: number): Generator<readonly number[]> {
  let start = 0;
  for (let i = 1; i <= positions.length; i++) {
    const gap = (log.times[positions[i] ?? -1] ?? Infinity) - (log.times[positions[i - 1] as number] as number);
    if (gap <= gapMs) continue;
    yield positions.slice(start, i);
    start = i;
  }
}

/** The rows that were bought or put into the cart in a session, and how much each counts. */
const basketOf = (
  log: InteractionLog,
  session: readonly number[],
  rowOf: Int32Array,
  cart: number,
): readonly (readonly [row: number, weight: number])[] => {
  const basket = new Map<number, number>();
  for (const position of session) {
    const row = rowOf[log.items[position] as number] as number;
    const weight = basket.get(row) ?? 0;
    if (log.actions[position] === ACTION.purchase) basket.set(row, 1);
    else if (log.actions[position] === ACTION.cart) basket.set(row, Math.max(weight, cart));
    // What was bought before is not taken back by an emptied cart.
    else if (log.actions[position] === ACTION.remove && weight < 1) basket.delete(row);
  }
  return [...basket];
};
