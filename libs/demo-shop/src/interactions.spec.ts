import type { PastEvent } from './demo-shop.js';
import { createDemoShop } from './demo-shop.js';
import { interactionsOf } from './interactions.js';

it('gives each product of an order by itself, and leaves out lists that were only looked at', () => {
  const history = createDemoShop(1).history(Date.UTC(2026, 0, 1));
  const order = history.find(({ name, products }) => name === 'Order Completed' && products.length > 1) as PastEvent;
  const list = history.find(({ name }) => name === 'Product List Viewed') as PastEvent;
  const view = history.find(({ name }) => name === 'Product Viewed') as PastEvent;
  expect([...interactionsOf([list, view, order])]).toEqual([
    { subject: view.subject, item: view.products[0]?.item.id, action: 'view', time: view.time },
    ...order.products.map(({ item }) => ({
      subject: order.subject,
      item: item.id,
      action: 'purchase',
      time: order.time,
    })),
  ]);
});
