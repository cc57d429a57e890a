import { CATEGORIES, type Product } from './catalog.js';
import type { Random } from './random.js';
import { attractions, changeTaste, consider, type Shopper } from './shopper.js';

/** Names of Segment's e-commerce specification. */
export type ShopEventName =
  | 'Product List Viewed'
  | 'Product Clicked'
  | 'Product Viewed'
  | 'Product Added to Wishlist'
  | 'Product Added'
  | 'Product Removed'
  | 'Order Completed';

/** What a shopper does at one moment. */
export interface ShopEvent {
  readonly name: ShopEventName;
  /** Several in an order, none in a list that is only looked at. */
  readonly products: readonly Product[];
  /** What the list shows, for `Product List Viewed`. */
  readonly category: string;
}

/** What a shopper does in one visit, in order. */
export interface Visit {
  readonly subject: string;
  readonly events: readonly ShopEvent[];
}

const CHANGES_TASTE = 0.05;
/** Of a shopper's categories, the favourite first. */
export const CATEGORY_SHARES = [0.6, 0.25, 0.15] as const;
const GOES_ON = 0.78;
const MOST_LOOKS = 20;

const COMES_BACK = 0.3;
const OTHER_FAVOURITE = 0.08;
const WHAT_OTHERS_LIKE = 0.05;

const FROM_A_LIST = 0.3;
const WISHES = 0.06;
export const TAKES = 0.14;
const PUTS_BACK = 0.1;
export const BUYS = 0.6;

/** One visit; the shopper remembers it. */
export const visit = (shopper: Shopper, catalog: readonly (readonly Product[])[], random: Random): Visit => {
  if (random.chance(CHANGES_TASTE)) changeTaste(shopper, random);
  const favourite = (): number => shopper.categories[random.weighted(CATEGORY_SHARES)] as number;
  const focus = favourite();
  const events: ShopEvent[] = [];
  const cart: Product[] = [];
  const note = (name: ShopEventName, ...products: readonly Product[]): number =>
    events.push({ name, products, category: nameOf(products[0]?.category ?? focus) });

  note('Product List Viewed');
  for (let looks = 0; looks < MOST_LOOKS && (looks === 0 || random.chance(GOES_ON)); looks++) {
    const product = chooseProduct(shopper, catalog, focus, favourite, random);
    if (random.chance(FROM_A_LIST)) note('Product Clicked', product);
    note('Product Viewed', product);
    consider(shopper, product);
    if (random.chance(WISHES)) note('Product Added to Wishlist', product);
    if (random.chance(TAKES) && !cart.includes(product)) {
      note('Product Added', product);
      cart.push(product);
    }
  }
  if (cart.length > 0 && random.chance(PUTS_BACK)) note('Product Removed', cart.pop() as Product);
  if (cart.length > 0 && random.chance(BUYS)) note('Order Completed', ...cart);
  return { subject: shopper.id, events };
};

export const nameOf = (category: number): string => CATEGORIES[category]?.category.name ?? '';

const chooseProduct = (
  shopper: Shopper,
  catalog: readonly (readonly Product[])[],
  focus: number,
  favourite: () => number,
  random: Random,
): Product => {
  const { considered } = shopper;
  const kind = random.next();
  if (kind < COMES_BACK && considered.length > 0) {
    return considered[random.weighted(considered.map((_, index) => index + 1))] as Product;
  }
  if (kind > 1 - WHAT_OTHERS_LIKE) {
    const products = random.pick(catalog);
    return products[random.weighted(products.map(({ appeal }) => appeal))] as Product;
  }
  const category = kind > 1 - WHAT_OTHERS_LIKE - OTHER_FAVOURITE ? favourite() : focus;
  const products = catalog[category] as readonly Product[];
  return products[random.weighted(attractions(shopper, category, products))] as Product;
};
