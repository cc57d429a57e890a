import { catalogItemSchema, shopAction, type CatalogItem } from '@offerstream/contracts';

type Fields = Readonly<Record<string, unknown>>;

/** What a product is called in Segment's and GA4's events. */
const FIELDS = {
  id: ['product_id', 'sku', 'item_id', 'id'],
  title: ['name', 'item_name', 'title'],
  category: ['category', 'item_category'],
  price: ['price'],
  currency: ['currency'],
} as const;

const MAX_TITLE = 500;
const MAX_CATEGORY = 200;

/** What a Segment call says of the items that it acts on. What does not fit a catalog is left out. */
export const itemFacts = (call: Fields): readonly CatalogItem[] => {
  const { event, properties } = call;
  const act = typeof event === 'string' ? shopAction(event) : undefined;
  if (act === undefined || !isFields(properties)) return [];
  const lists = [properties['products'], properties['items']].filter((list): list is unknown[] => Array.isArray(list));
  const products: readonly unknown[] = [...(act.productsIn === 'list' ? [] : [properties]), ...lists.flat()];
  return products.flatMap((product) => (isFields(product) ? (itemOf(product, properties) ?? []) : []));
};

const itemOf = (product: Fields, properties: Fields): CatalogItem | undefined => {
  const id = first(product, FIELDS.id);
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  const title = first(product, FIELDS.title);
  const category = first(product, FIELDS.category);
  const price = Number(first(product, FIELDS.price) ?? NaN);
  const currency = first(product, FIELDS.currency) ?? first(properties, FIELDS.currency);
  const item = catalogItemSchema.safeParse({
    id: String(id),
    ...(typeof title === 'string' ? { title: title.slice(0, MAX_TITLE) } : {}),
    ...(typeof category === 'string' ? { categories: [category.slice(0, MAX_CATEGORY)] } : {}),
    ...(price >= 0 && Number.isFinite(price) ? { price } : {}),
    ...(typeof currency === 'string' && currency.length === 3 ? { currency } : {}),
  });
  return item.success ? item.data : undefined;
};

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const first = (fields: Fields, names: readonly string[]): unknown => {
  for (const name of names) {
    const value = fields[name];
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
};

/** The newer facts, and what only the older ones said. */
export const mergeFacts = (older: CatalogItem | undefined, newer: CatalogItem): CatalogItem => ({
  ...older,
  ...newer,
  categories: newer.categories.length > 0 ? newer.categories : (older?.categories ?? []),
});

/** All items that are known, with their newer facts. */
export const mergeItems = (
  older: ReadonlyMap<string, CatalogItem>,
  newer: ReadonlyMap<string, CatalogItem>,
): ReadonlyMap<string, CatalogItem> => {
  const items = new Map(older);
  for (const [id, item] of newer) items.set(id, mergeFacts(items.get(id), item));
  return items;
};
