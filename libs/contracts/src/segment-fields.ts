/** A JSON object of a Segment call. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const MALFORMED = Symbol('malformed');

/** Segment's libraries send numbers where a shop has numbers; null and "" are what they send for nothing. */
export const readId = (value: unknown): string | undefined | typeof MALFORMED => {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : MALFORMED;
};

/** Segment V2, Segment V1's stock-keeping unit, GA4, Segment V1. */
export const ITEM_FIELDS = ['product_id', 'sku', 'item_id', 'id'] as const;

/** Where an event's list of products is: Segment's name, or GA4's. */
export const productsField = (properties: Fields): 'products' | 'items' =>
  (properties['products'] ?? undefined) === undefined ? 'items' : 'products';
