import { ACTION, type ActionName } from './actions.js';
import { shopAction } from './shop-actions.js';

describe('shop actions', () => {
  const expected: readonly (readonly [ActionName, readonly string[]])[] = [
    ['view', ['Product Viewed', 'Viewed Product', 'view_item']],
    ['click', ['Product Clicked', 'Clicked Product', 'select_item']],
    ['wishlist', ['Product Added to Wishlist', 'add_to_wishlist']],
    ['cart', ['Product Added', 'Added Product', 'add_to_cart', 'Wishlist Product Added to Cart']],
    ['remove', ['Product Removed', 'Removed Product', 'remove_from_cart']],
    ['purchase', ['Order Completed', 'Completed Order', 'purchase']],
  ];

  it.each(expected.flatMap(([action, names]) => names.map((name) => [name, action] as const)))(
    'takes %s as %s',
    (name, action) => expect(shopAction(name)?.action).toBe(ACTION[action]),
  );

  it.each(['product viewed', 'product_viewed', 'productViewed', 'PRODUCT VIEWED'])(
    'takes the spelling %s as its own',
    (name) => expect(shopAction(name)?.action).toBe(ACTION.view),
  );

  it.each([
    'Products Searched',
    'Product List Viewed',
    'Viewed Product Category',
    'view_item_list',
    'Cart Viewed',
    'view_cart',
    'Checkout Started',
    'begin_checkout',
    'Signed Up',
    'constructor',
    '__proto__',
    'Product Viewed'.repeat(1000),
  ])('finds no action in name %#', (name) => expect(shopAction(name)).toBeUndefined());
});
