import type { Product } from './catalog.js';
import type { Random } from './random.js';
import { attractions, type Shopper } from './shopper.js';
import { BUYS, CATEGORY_SHARES, nameOf, TAKES, type ShopEvent } from './visit.js';

/** One in four things that a shopper looks at is on a page that shows offers too, and the shopper has an eye for them. */
const LOOKS = 0.25;
/** From one item of the list to the next: six or seven of a long list are looked at, so those at its top matter most. */
const GOES_ON = 0.85;
/**
 * Who came for one thing does not run after all that is nice: even the one product that attracts a shopper most is clicked only so often.
 */
const CLICKS_THE_BEST = 0.1;
/** What is off a shopper's favourite categories attracts hardly more than chance. */
const OFF_TASTE = 0.02;

/**
 * What a shopper does with a list that is offered, in order: nothing where they do not look; else they see it, may click an item, more
 * likely the more it attracts them, and of that may take and buy it as they do on any visit. A list that is ranked better so earns more.
 * The shopper stays the same: what they would have done without the list they do all the same.
 */
export const answer = (
  shopper: Shopper,
  offered: readonly Product[],
  catalog: readonly (readonly Product[])[],
  random: Random,
): readonly ShopEvent[] => {
  if (offered.length === 0 || !random.chance(LOOKS)) return [];
  const seen: ShopEvent = { name: 'Product List Viewed', products: [], category: 'Offers' };
  const clicked = firstClick(shopper, offered, catalog, random);
  if (clicked === undefined) return [seen];
  const about = (name: ShopEvent['name']): ShopEvent => ({
    name,
    products: [clicked],
    category: nameOf(clicked.category),
  });
  const events = [seen, about('Product Clicked'), about('Product Viewed')];
  if (!random.chance(TAKES)) return events;
  events.push(about('Product Added'));
  return random.chance(BUYS) ? [...events, about('Order Completed')] : events;
};

const firstClick = (
  shopper: Shopper,
  offered: readonly Product[],
  catalog: readonly (readonly Product[])[],
  random: Random,
): Product | undefined => {
  for (const product of offered) {
    if (random.chance(CLICKS_THE_BEST * interest(shopper, product, catalog))) return product;
    if (!random.chance(GOES_ON)) return undefined;
  }
  return undefined;
};

/** How much a product attracts a shopper, from 0 to 1 for what attracts them most of their favourite category. */
export const interest = (shopper: Shopper, product: Product, catalog: readonly (readonly Product[])[]): number => {
  const favourite = shopper.categories.indexOf(product.category);
  const share = favourite < 0 ? OFF_TASTE : (CATEGORY_SHARES[favourite] as number) / CATEGORY_SHARES[0];
  const products = catalog[product.category] as readonly Product[];
  const attraction = attractions(shopper, product.category, products);
  return (share * (attraction[products.indexOf(product)] as number)) / Math.max(...attraction);
};
