import type { Product } from './catalog.js';
import type { ShopEvent } from './visit.js';

export interface SegmentTrack {
  readonly type: 'track';
  readonly userId: string;
  readonly messageId: string;
  /** RFC 3339 */
  readonly timestamp: string;
  readonly event: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface TrackedFrom {
  readonly subject: string;
  readonly messageId: string;
  readonly timeMs: number;
  /** The offer that the event answers. */
  readonly offerId?: string | undefined;
}

/** The event as a `track` call of Segment's e-commerce specification. An order names no offer, as of a shop that does not remember where its items came from. */
export const segmentTrack = (
  { name, products, category }: ShopEvent,
  { subject, messageId, timeMs, offerId }: TrackedFrom,
): SegmentTrack => ({
  type: 'track',
  userId: subject,
  messageId,
  timestamp: new Date(timeMs).toISOString(),
  event: name,
  properties: {
    ...propertiesOf({ name, products, category }, messageId),
    ...(offerId === undefined || name === 'Order Completed' ? {} : { offer_id: offerId }),
  },
});

const propertiesOf = ({ name, products, category }: ShopEvent, orderId: string): Readonly<Record<string, unknown>> => {
  const [first] = products;
  if (first === undefined) return { category };
  if (name !== 'Order Completed') return productProperties(first);
  const total = products.reduce((sum, { item }) => sum + item.price, 0);
  return {
    order_id: orderId,
    total: Math.round(total * 100) / 100,
    currency: first.item.currency,
    products: products.map(productProperties),
  };
};

const productProperties = ({ item }: Product): Readonly<Record<string, unknown>> => ({
  product_id: item.id,
  name: item.title,
  brand: item.brand,
  category: item.categories.join(' / '),
  price: item.price,
  currency: item.currency,
  quantity: 1,
});
