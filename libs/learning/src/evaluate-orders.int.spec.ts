import type { TenantId } from '@offerstream/contracts';
import { evaluateOrders } from './evaluate-orders.js';
import { interactionLog, type Interaction } from './interaction-log.js';
import { trainModel } from './train-model.js';

const TENANT = 'demo' as TenantId;

let time = 0;
const did = (subject: string, action: Interaction['action'], items: Iterable<string>): Interaction[] => {
  time += 3_600_000;
  return Array.from(items, (item) => ({ subject, item, action, time }));
};
/** So popular that they fill the first places, p0 above all, and bought with nothing. */
const POPULAR = Array.from({ length: 12 }, (_, i) => `p${i}`);
const known = [
  ...Array.from({ length: 8 }, (_, i) => did(`s${i}`, 'purchase', i % 2 === 0 ? 'ab' : 'cd')).flat(),
  ...Array.from({ length: 40 }, (_, i) => POPULAR.flatMap((item) => did(`v${i}`, 'view', [item]))).flat(),
  ...did(
    'w',
    'view',
    Array.from({ length: 9 }, () => 'p0'),
  ),
];
const hitRate = async (later: readonly Interaction[]) => {
  const { model } = await trainModel({ tenant: TENANT, family: 'together', interactions: known, seed: 1 });
  const log = interactionLog([...known, ...later]);
  return evaluateOrders(model.toBuffer(), log, { tenant: TENANT, from: known.length });
};

test('each item of an order is asked for the others', async () => {
  expect(await hitRate(did('t', 'purchase', 'ab'))).toEqual({ orders: 1, questions: 2, served: 1, popularity: 0 });
  expect(await hitRate(did('t', 'purchase', 'abc'))).toMatchObject({ questions: 3, served: 2 / 3 });
  expect(await hitRate(did('t', 'purchase', 'ac'))).toMatchObject({ served: 0 });
});

test('popularity is asked the same, and an item is never its own answer', async () => {
  expect(await hitRate(did('t', 'purchase', ['a', 'p0']))).toMatchObject({
    questions: 2,
    served: 0.5,
    popularity: 0.5,
  });
  expect(await hitRate(did('t', 'purchase', ['p0', 'p1']))).toMatchObject({ popularity: 1 });
});

test('what was bought at different moments, by different shoppers, alone, or only seen is no order', async () => {
  const later = [
    ...did('t', 'purchase', 'a'),
    ...did('t', 'purchase', 'b'),
    ...did('u', 'view', 'ab'),
    ...did('v', 'purchase', 'aa'),
  ];
  expect(await hitRate(later)).toEqual({ orders: 0, questions: 0, served: 0, popularity: 0 });
});
