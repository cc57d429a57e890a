import { ACTION, type ActionCode, type ActionName } from './actions.js';

/** Whether an event is about one product, which its properties describe, or about a list of them. */
export type ProductsIn = 'properties' | 'list';

export interface ShopAction {
  readonly action: ActionCode;
  readonly productsIn: ProductsIn;
}

/**
 * The events by which a shopper acts on products: Segment's e-commerce specification V2, V1 and the names of GA4. All
 * others (Product List Viewed, Cart Viewed, Checkout Started, a shop's own) act on none.
 * Sources: segment.com/docs/connections/spec/ecommerce/v2; developers.google.com/analytics, "Recommended events".
 */
const SHOP_EVENTS: readonly (readonly [ActionName, ProductsIn, readonly string[]])[] = [
  ['view', 'properties', ['Product Viewed', 'Viewed Product', 'view_item']],
  ['click', 'properties', ['Product Clicked', 'Clicked Product', 'select_item']],
  ['wishlist', 'properties', ['Product Added to Wishlist', 'Added Product to Wishlist', 'add_to_wishlist']],
  ['cart', 'properties', ['Product Added', 'Added Product', 'Wishlist Product Added to Cart', 'add_to_cart']],
  ['remove', 'properties', ['Product Removed', 'Removed Product', 'remove_from_cart']],
  ['purchase', 'list', ['Order Completed', 'Completed Order', 'purchase']],
];

// Libraries spell one name as "Product Viewed", "product_viewed" and "productViewed"; Segment's own destinations take all.
export const eventSpelling = (name: string): string => name.toLowerCase().replace(/[ _]/g, '');

const BY_SPELLING: ReadonlyMap<string, ShopAction> = new Map(
  SHOP_EVENTS.flatMap(([action, productsIn, names]) =>
    names.map((name) => [eventSpelling(name), { action: ACTION[action], productsIn }] as const),
  ),
);

export const LONGEST_EVENT_NAME = 64;

const SEARCH = eventSpelling('Products Searched');

/** Whether the track event of this name says what a shopper searched for. */
export const isSearch = (eventName: string): boolean =>
  eventName.length <= LONGEST_EVENT_NAME && eventSpelling(eventName) === SEARCH;

/** What the track event of this name does to products; undefined when nothing. */
export const shopAction = (eventName: string): ShopAction | undefined =>
  eventName.length > LONGEST_EVENT_NAME ? undefined : BY_SPELLING.get(eventSpelling(eventName));
