import type { DescribedItem, Shop } from '@offerstream/decisioning';

type FilteredShop = Pick<Shop<DescribedItem>, 'revision' | 'blockedFor'>;

interface Kept {
  readonly shop: FilteredShop;
  readonly revision: number;
  readonly blocked: BigInt64Array;
}

const MOST_LISTS = 64;
/** Of all lists together, 8 bytes an item: each can be as long as a catalog, and catalogs have up to a million. */
const MOST_ITEMS = 4_000_000;

/**
 * What a filter forbids of a shop, for a model's `blocked_items`: so the model's best are the best of what is allowed, however
 * few that are. Made by looking at the whole catalog, and kept as long as that does not change.
 */
export class ForbiddenItems {
  private readonly kept = new Map<string, Kept>();
  private items = 0;

  /** @param filter names what `accepts` does, and whose shop it is */
  of(filter: string, shop: FilteredShop, accepts: (item: DescribedItem) => boolean): BigInt64Array {
    const known = this.kept.get(filter);
    this.forget(filter);
    const current =
      known?.shop === shop && known.revision === shop.revision
        ? known
        : { shop, revision: shop.revision, blocked: shop.blockedFor(accepts) };
    // What was asked for last stands last, and the first goes.
    this.kept.set(filter, current);
    this.items += current.blocked.length;
    for (const first of this.kept.keys()) {
      if (this.kept.size <= MOST_LISTS && this.items <= MOST_ITEMS) break;
      this.forget(first);
    }
    return current.blocked;
  }

  private forget(filter: string): void {
    this.items -= this.kept.get(filter)?.blocked.length ?? 0;
    this.kept.delete(filter);
  }
}
