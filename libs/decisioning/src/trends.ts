import { ACTION, type ActionCode, type ItemId, type TenantId, type Trend } from '@offerstream/contracts';
import { decayOf } from './decay.js';

const HALF_LIFE_SECONDS = 3_600;
const HALF_LIFE_MS = HALF_LIFE_SECONDS * 1_000;
const MOST_ITEMS = 200;
/** Below it a weight is forgotten: a single view after four and a half hours. */
const NEGLIGIBLE = 0.045;
/** How often the moment that weights are scaled to moves, long before they are too large for a double. */
const RESCALE_MS = 24 * HALF_LIFE_MS;

/** How much an action says of what is wanted now. */
const WEIGHTS: Readonly<Record<ActionCode, number>> = {
  [ACTION.view]: 1,
  [ACTION.click]: 1,
  [ACTION.wishlist]: 2,
  [ACTION.cart]: 3,
  [ACTION.purchase]: 5,
  [ACTION.remove]: 0,
};

export interface Weighted {
  readonly item: ItemId;
  readonly weight: number;
}

/**
 * What shoppers act on now: counts by tenant and item that halve every hour.
 *
 * Forward decay: an action is weighed by 2^(half-lives from a fixed moment to it), and only a reader divides by what has passed
 * since that moment. Cormode, Shkapenyuk, Srivastava and Xu, "Forward decay: a practical time decay model for streaming systems",
 * ICDE 2009.
 */
export class Trends {
  private readonly tenants = new Map<TenantId, Map<bigint, number>>();
  private readonly changed = new Set<TenantId>();

  /**
   * @param itemOf undefined for what is no item: whoever makes items up must not fill the memory
   * @param sinceMs the fixed moment, ms since 1970: best the start of the process
   */
  constructor(
    private readonly itemOf: (tenant: TenantId, hash: bigint) => ItemId | undefined,
    private sinceMs: number,
  ) {}

  /** @param timeMs when it happened, so that a backlog counts as what it is */
  note(tenant: TenantId, itemHash: bigint, action: ActionCode, timeMs: number): void {
    const weight = WEIGHTS[action];
    if (weight === 0) return;
    let weights = this.tenants.get(tenant);
    if (weights === undefined) {
      weights = new Map();
      this.tenants.set(tenant, weights);
    }
    const before = weights.get(itemHash);
    if (before === undefined && this.itemOf(tenant, itemHash) === undefined) return;
    weights.set(itemHash, (before ?? 0) + weight * 2 ** ((timeMs - this.sinceMs) / HALF_LIFE_MS));
    this.changed.add(tenant);
  }

  /** The tenants of whom something was noted since they were named last. */
  takeChanged(): TenantId[] {
    const tenants = [...this.changed];
    this.changed.clear();
    return tenants;
  }

  /**
   * The tenant's heaviest items, the heaviest first, with their weights at `nowMs`. What is negligible by then is forgotten here:
   * call it now and then.
   */
  top(tenant: TenantId, nowMs: number): Weighted[] {
    if (nowMs - this.sinceMs > RESCALE_MS) this.rescale(nowMs);
    const weights = this.tenants.get(tenant);
    if (weights === undefined) return [];
    const decay = 2 ** ((this.sinceMs - nowMs) / HALF_LIFE_MS);
    const best: Weighted[] = [];
    for (const [hash, scaled] of weights) {
      const weight = scaled * decay;
      if (weight < NEGLIGIBLE) weights.delete(hash);
      else if (best.length < MOST_ITEMS || weight > (best[MOST_ITEMS - 1]?.weight ?? 0)) {
        const item = this.itemOf(tenant, hash);
        if (item === undefined) continue;
        best.splice(best.findLastIndex((other) => other.weight >= weight) + 1, 0, { item, weight });
        best.length = Math.min(best.length, MOST_ITEMS);
      }
    }
    if (weights.size === 0) this.tenants.delete(tenant);
    return best;
  }

  /** Forgets what is negligible, also of tenants of whom nothing was noted any more. */
  private rescale(nowMs: number): void {
    const decay = 2 ** ((this.sinceMs - nowMs) / HALF_LIFE_MS);
    for (const [tenant, weights] of this.tenants) {
      for (const [hash, scaled] of weights) {
        if (scaled * decay < NEGLIGIBLE) weights.delete(hash);
        else weights.set(hash, scaled * decay);
      }
      if (weights.size === 0) this.tenants.delete(tenant);
    }
    this.sinceMs = nowMs;
  }
}

/** A source's record of a tenant, for the topic `trends`. */
export const trendOf = (tenant: TenantId, source: string, nowMs: number, items: readonly Weighted[]): Trend => ({
  tenant,
  source,
  at: new Date(nowMs).toISOString(),
  halfLifeSeconds: HALF_LIFE_SECONDS,
  items: items.map(({ item, weight }) => ({ item, weight })),
});

/**
 * One tenant's trends of all sources → its heaviest items at `nowMs`, the heaviest first. A source that ended is left as it was:
 * what it had seen decays here, and counts no more once it is negligible.
 */
export const mergeTrends = (trends: Iterable<Trend>, nowMs: number): Weighted[] => {
  const sums = new Map<string, number>();
  for (const trend of trends) {
    const decay = decayOf(trend, nowMs);
    for (const { item, weight } of trend.items) {
      if (weight * decay >= NEGLIGIBLE) sums.set(item, (sums.get(item) ?? 0) + weight * decay);
    }
  }
  return Array.from(sums, ([item, weight]) => ({ item: item as ItemId, weight }))
    .sort((one, other) => other.weight - one.weight)
    .slice(0, MOST_ITEMS);
};

/** Whether nothing of what a source had seen counts any more at `nowMs`. */
export const isSpent = (trend: Trend, nowMs: number): boolean => {
  const decay = decayOf(trend, nowMs);
  return trend.items.every(({ weight }) => weight * decay < NEGLIGIBLE);
};
