import type { InteractionLog } from '../interaction-log.js';
import { endTime } from '../interaction-log.js';

const DAY_MS = 86_400_000;
/** What an item sells in its first days says little of what it will. */
const LEAST_DAYS = 7;

/**
 * How much an item is wanted: the logarithm of its shoppers a day since it was first touched, against the mean of all; 0 for an item
 * that nobody has touched.
 *
 * @param shoppers [items]
 */
export const itemDemand = (log: InteractionLog, rowOf: Int32Array, shoppers: Float64Array): Float32Array => {
  const since = new Float64Array(shoppers.length).fill(Infinity);
  log.items.forEach((item, position) => {
    const row = rowOf[item] as number;
    since[row] = Math.min(since[row] as number, log.times[position] as number);
  });
  const end = endTime(log);
  const demand = shoppers.map((count, row) =>
    count === 0 ? NaN : Math.log((count + 1) / Math.max(LEAST_DAYS, (end - (since[row] as number)) / DAY_MS)),
  );
  const known = demand.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  return Float32Array.from(demand, (value) => (Number.isNaN(value) ? 0 : value - mean));
};
