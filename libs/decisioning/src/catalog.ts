import { catalogItemSchema, itemHash, type CatalogItem, type ItemId, type TenantId } from '@offerstream/contracts';

/** An item as decisions need it. One object an item and state, so that it can be compared by identity. */
export interface OfferableItem {
  readonly id: ItemId;
  /** What models and stored offers know it by. */
  readonly hash: bigint;
  readonly available: boolean;
}

/** An item with what it takes to publish an offer for every event. */
export interface PublishableItem extends OfferableItem {
  /** The id as a JSON string, made once. */
  readonly json: string;
}

/** An item with what filters, diversity and explanations need beside. */
export interface DescribedItem extends OfferableItem {
  readonly title: string | undefined;
  /** Path from the general to the special; items of one category share one. */
  readonly categories: readonly string[];
  readonly price: number | undefined;
}

/** What of an item stays in memory, which holds whole catalogs. */
export type KeepItem<Item extends OfferableItem> = (id: ItemId, hash: bigint, item: CatalogItem) => Item;

export const keepPublishable: KeepItem<PublishableItem> = (id, hash, { available }) => ({
  id,
  hash,
  available,
  json: JSON.stringify(id),
});

/** Beyond it what is remembered is forgotten: catalogs come and go, and equal paths that are not shared cost memory alone. */
const MOST_PATHS = 10_000;

export const keepDescribed = (): KeepItem<DescribedItem> => {
  const paths = new Map<string, readonly string[]>();
  const shared = (path: readonly string[]): readonly string[] => {
    const key = path.join('\0');
    const known = paths.get(key);
    if (known !== undefined) return known;
    if (paths.size >= MOST_PATHS) paths.clear();
    paths.set(key, path);
    return path;
  };
  return (id, hash, { available, title, categories, price }) => ({
    id,
    hash,
    available,
    title,
    categories: shared(categories),
    price,
  });
};

/** The shops' catalogs, from the topic `catalog`. */
export class Catalog<Item extends OfferableItem = OfferableItem> {
  private readonly shops = new Map<TenantId, Shop<Item>>();
  private readonly emptyShop = new Shop<Item>();

  /** @param onChanged called after each change */
  constructor(
    private readonly keep: KeepItem<Item>,
    private readonly onChanged: (tenant: TenantId, id: ItemId) => void = () => undefined,
  ) {}

  /** @param value null deletes the item. @throws ZodError when the value is not a catalog item. */
  put(tenant: TenantId, id: ItemId, value: Buffer | null): void {
    const shop = this.shops.get(tenant) ?? new Shop<Item>();
    this.shops.set(tenant, shop);
    const hash = itemHash(tenant, id);
    if (value === null) shop.remove(hash);
    else shop.put(this.keep(id, hash, catalogItemSchema.parse(JSON.parse(value.toString()))));
    this.onChanged(tenant, id);
  }

  shop(tenant: TenantId): Shop<Item> {
    return this.shops.get(tenant) ?? this.emptyShop;
  }

  /** Every item of every shop. */
  *items(): Generator<readonly [TenantId, Item], void, undefined> {
    for (const [tenant, shop] of this.shops) for (const item of shop.all()) yield [tenant, item];
  }
}

/** One tenant's items by the hash that models know them by. */
export class Shop<Item extends OfferableItem = OfferableItem> {
  private readonly items = new Map<bigint, Item>();
  private readonly unavailable = new Set<bigint>();
  private blockedItems: BigInt64Array | undefined;
  private changes = 0;

  /** Rises with every change that {@link blockedFor} may answer otherwise for: not with that of a title. */
  get revision(): number {
    return this.changes;
  }

  put(item: Item): void {
    const { hash } = item;
    const before = this.items.get(hash);
    if (before === undefined || !isChosenAlike(before, item)) this.changes += 1;
    this.items.set(hash, item);
    if (item.available ? this.unavailable.delete(hash) : !this.unavailable.has(hash)) this.blockedItems = undefined;
    if (!item.available) this.unavailable.add(hash);
  }

  remove(hash: bigint): void {
    this.changes += 1;
    this.items.delete(hash);
    if (!this.unavailable.has(hash)) this.blockedItems = undefined;
    // A model trained before the deletion still knows the item.
    this.unavailable.add(hash);
  }

  all(): Iterable<Item> {
    return this.items.values();
  }

  item(hash: bigint): Item | undefined {
    return this.items.get(hash);
  }

  /** [Y] hashes of what is available to nobody, for a model's `blocked_items`. */
  blocked(): BigInt64Array {
    this.blockedItems ??= BigInt64Array.from(this.unavailable);
    return this.blockedItems;
  }

  /** [Y] hashes of what is {@link blocked}, and of what `accepts` refuses. Looks at every item. */
  blockedFor(accepts: (item: Item) => boolean): BigInt64Array {
    // Filled in place: a catalog of a million takes half as long as with a list on the way.
    const hashes = new BigInt64Array(this.unavailable.size + this.items.size);
    let count = 0;
    for (const hash of this.unavailable) hashes[count++] = hash;
    for (const item of this.items.values()) if (item.available && !accepts(item)) hashes[count++] = item.hash;
    return hashes.slice(0, count);
  }
}

type Choosable = OfferableItem & Partial<Pick<DescribedItem, 'categories' | 'price'>>;

/** Items of one category share its path, see {@link keepDescribed}. */
const isChosenAlike = (one: Choosable, other: Choosable): boolean =>
  one.available === other.available && one.price === other.price && one.categories === other.categories;
