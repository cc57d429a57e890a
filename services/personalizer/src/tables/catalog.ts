import { catalogItemSchema, itemHash, type ItemId, type TenantId } from '@offerstream/contracts';

/** An item as decisions and offers need it. One object an item and state, so that it can be compared by identity. */
export interface OfferableItem {
  readonly id: ItemId;
  readonly available: boolean;
  /** The id as a JSON string, made once. */
  readonly json: string;
}

/** The shops' catalogs, from the topic `catalog`. */
export class Catalog {
  private readonly shops = new Map<TenantId, Shop>();

  /** @param value null deletes the item. @throws ZodError when the value is not a catalog item. */
  put(tenant: TenantId, id: ItemId, value: Buffer | null): void {
    const shop = this.shops.get(tenant) ?? new Shop();
    this.shops.set(tenant, shop);
    const hash = itemHash(tenant, id);
    if (value === null) shop.remove(hash);
    else
      shop.put(hash, {
        id,
        available: catalogItemSchema.parse(JSON.parse(value.toString())).available,
        json: JSON.stringify(id),
      });
  }

  shop(tenant: TenantId): Shop {
    return this.shops.get(tenant) ?? EMPTY_SHOP;
  }
}

/** One tenant's items by the hash that models know them by. */
export class Shop {
  private readonly items = new Map<bigint, OfferableItem>();
  private readonly unavailable = new Set<bigint>();
  private blockedItems: BigInt64Array | undefined;

  put(hash: bigint, item: OfferableItem): void {
    this.items.set(hash, item);
    if (item.available ? this.unavailable.delete(hash) : !this.unavailable.has(hash)) this.blockedItems = undefined;
    if (!item.available) this.unavailable.add(hash);
  }

  remove(hash: bigint): void {
    this.items.delete(hash);
    if (!this.unavailable.has(hash)) this.blockedItems = undefined;
    // A model trained before the deletion still knows the item.
    this.unavailable.add(hash);
  }

  item(hash: bigint): OfferableItem | undefined {
    return this.items.get(hash);
  }

  /** [Y] hashes of what is available to nobody, for a model's `blocked_items`. */
  blocked(): BigInt64Array {
    this.blockedItems ??= BigInt64Array.from(this.unavailable);
    return this.blockedItems;
  }
}

const EMPTY_SHOP = new Shop();
