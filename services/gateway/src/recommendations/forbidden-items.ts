import type { DescribedItem, Shop } from '@offerstream/decisioning';

interface Kept {
  readonly shop: Shop<DescribedItem>;
  readonly revision: number;
  readonly blocked: BigInt64Array;
}

/** Lists are as long as a catalog is, 8 bytes an item. */
const MOST_KEPT = 64;

/**
 * What a filter forbids of a shop, for a model's `blocked_items`: so the model's best are the best of what is allowed, however
 * few that are. Made by looking at the whole catalog, and kept as long as that does not change.
 */
export class ForbiddenItems {
  private readonly kept = new Map<string, Kept>();

  /** @param filter names what `accepts` does, and whose shop it is */
  of(filter: string, shop: Shop<DescribedItem>, accepts: (item: DescribedItem) => boolean): BigInt64Array {
    const known = this.kept.get(filter);
    // What was asked for last stands last, and the first goes.
    this.kept.delete(filter);
    const current =
      known?.shop === shop && known.revision === shop.revision
        ? known
        : { shop, revision: shop.revision, blocked: shop.blockedFor(accepts) };
    this.kept.set(filter, current);
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value ?? '');
    return current.blocked;
  }
}
