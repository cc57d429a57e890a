import {
  ACTION,
  itemHash,
  RETRIEVAL_INPUTS,
  RETRIEVAL_OUTPUTS,
  type ItemId,
  type TenantId,
} from '@offerstream/contracts';
import { dataOf, openSession, type Session } from '@offerstream/onnx-runtime';
import { positionsBySubject, type InteractionLog } from './interaction-log.js';
import { PopularityRanking } from './popularity-ranking.js';
import { PREQUENTIAL_CUTOFF } from './prequential.js';
import { RESULTS } from './ranker.js';

export interface OrderEvaluationOptions {
  readonly tenant: TenantId;
  /** Orders from this position of the log on are asked about; popularity is that of the interactions before. */
  readonly from: number;
}

/** How often another item of an order was among the first {@link PREQUENTIAL_CUTOFF} for one of its items. */
export interface OrderHitRate {
  /** Orders of at least two items. */
  readonly orders: number;
  /** Their items, each asked about once. */
  readonly questions: number;
  readonly served: number;
  /** The most popular items, without the one that is asked about. */
  readonly popularity: number;
}

const BATCH = 128;

/**
 * Asks a retrieval model, in a real session, what goes with each item of the later orders of a log: the item is what the page shows,
 * there is no history, and the item itself is excluded.
 */
export const evaluateOrders = async (
  model: string | Uint8Array,
  log: InteractionLog,
  { tenant, from }: OrderEvaluationOptions,
): Promise<OrderHitRate> => {
  const popularity = new PopularityRanking();
  for (let position = 0; position < from; position++) {
    if (log.actions[position] !== ACTION.remove) popularity.add(String(log.items[position]));
  }
  const mostPopular = popularity
    .ranking()
    .slice(0, PREQUENTIAL_CUTOFF + 1)
    .map(Number);
  const orders = ordersFrom(log, from);
  const questions = orders.flatMap((order) => [...order].map((item) => ({ item, order })));
  const hashes = BigInt64Array.from(log.itemIds, (id) => itemHash(tenant, id as ItemId));
  const numbers = new Map(Array.from(hashes, (hash, item) => [hash, item]));

  let served = 0;
  let popular = 0;
  const session = await openSession(model);
  try {
    for (let start = 0; start < questions.length; start += BATCH) {
      const batch = questions.slice(start, start + BATCH);
      const asked = BigInt64Array.from(batch, ({ item }) => hashes[item] as bigint);
      const found = await bestWith(session, asked);
      for (const [row, { item, order }] of batch.entries()) {
        const first = found.subarray(row * RESULTS, row * RESULTS + PREQUENTIAL_CUTOFF);
        if (first.some((hash) => order.has(numbers.get(hash) ?? -1))) served += 1;
        const others = mostPopular.filter((other) => other !== item).slice(0, PREQUENTIAL_CUTOFF);
        if (others.some((other) => order.has(other))) popular += 1;
      }
    }
  } finally {
    await session.close();
  }
  const share = (hits: number): number => hits / Math.max(1, questions.length);
  return { orders: orders.length, questions: questions.length, served: share(served), popularity: share(popular) };
};

/** What a shopper bought at one moment, where that is more than one item. */
const ordersFrom = (log: InteractionLog, from: number): readonly ReadonlySet<number>[] => {
  const orders = positionsBySubject(log).flatMap((positions) => {
    const byTime = new Map<number, Set<number>>();
    for (const position of positions) {
      if (position < from || log.actions[position] !== ACTION.purchase) continue;
      const time = log.times[position] as number;
      byTime.set(time, (byTime.get(time) ?? new Set()).add(log.items[position] as number));
    }
    return [...byTime.values()];
  });
  return orders.filter(({ size }) => size > 1);
};

/** [items, {@link RESULTS}] hashes of what the model gives for each item. */
const bestWith = async (session: Session, hashes: BigInt64Array): Promise<BigInt64Array> => {
  const dims = [hashes.length, 1];
  const nothing = { dtype: 'int64', dims, data: new BigInt64Array(hashes.length) } as const;
  const asked = { dtype: 'int64', dims, data: hashes } as const;
  const results = await session.run({
    [RETRIEVAL_INPUTS.historyItems]: nothing,
    [RETRIEVAL_INPUTS.historyActions]: nothing,
    [RETRIEVAL_INPUTS.historyAges]: { dtype: 'float32', dims, data: new Float32Array(hashes.length) },
    [RETRIEVAL_INPUTS.contextItems]: asked,
    [RETRIEVAL_INPUTS.excludeItems]: asked,
  });
  return dataOf(results, RETRIEVAL_OUTPUTS.items, 'int64');
};
