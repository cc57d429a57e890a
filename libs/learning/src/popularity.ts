import { ACTION, itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import { endTime, type InteractionLog } from './interaction-log.js';
import type { Catalog } from './ranker.js';

/** Items that are offered, best first, where no model can answer. */
export const MOST_POPULAR = 100;

/** An interaction counts half as much when it is this much older than the newest one. */
export const POPULARITY_HALF_LIFE_MS = 30 * 86_400_000;

/** Decayed number of interactions of each item of the log; an item taken out of a cart does not count. */
export const itemPopularity = (log: InteractionLog): Float64Array => {
  const end = endTime(log);
  const popularity = new Float64Array(log.itemIds.length);
  log.items.forEach((item, position) => {
    if (log.actions[position] === ACTION.remove) return;
    const age = end - (log.times[position] as number);
    popularity[item] = (popularity[item] as number) + 2 ** (-age / POPULARITY_HALF_LIFE_MS);
  });
  return popularity;
};

/** The items that a model ranks, and where they stand. */
export interface RankedCatalog extends Catalog {
  /** Ids in the order of the rows, most popular first. */
  readonly ids: readonly string[];
  /** The row of each item of the log. */
  readonly rows: Int32Array;
  /** [items], in (0, 1] for items of the log, 0 for others; falling. */
  readonly popularity: Float32Array;
}

/**
 * The items of a log that have interactions in it, and those of a catalog, by popularity. Equally popular ones stand in
 * the order of their ids, so that the same data gives the same rows.
 */
export const rankedCatalog = (tenant: TenantId, log: InteractionLog, others: readonly string[]): RankedCatalog => {
  const popularity = itemPopularity(log);
  const numbers = new Map(log.itemIds.map((id, item) => [id, item]));
  const seen = new Set(Array.from(log.items, (item) => log.itemIds[item] as string));
  const weight = (id: string): number => popularity[numbers.get(id) ?? -1] ?? 0;
  const ids = [...new Set([...seen, ...others])].sort((a, b) => weight(b) - weight(a) || (a < b ? -1 : 1));
  const rows = new Int32Array(log.itemIds.length).fill(ids.length);
  ids.forEach((id, row) => {
    const item = numbers.get(id);
    if (item !== undefined) rows[item] = row;
  });
  const most = weight(ids[0] ?? '') || 1;
  return {
    ids,
    rows,
    hashes: BigInt64Array.from(ids, (id) => itemHash(tenant, id as ItemId)),
    popularity: Float32Array.from(ids, (id) => weight(id) / most),
  };
};
