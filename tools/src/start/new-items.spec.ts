import { Registry } from 'prom-client';
import { AssortmentMetrics } from '../assortment/assortment-metrics.js';
import { newItemsOf } from './new-items.js';
import { parseSamples } from './prometheus-text.js';

it('reads what the assortment tells', async () => {
  const registry = new Registry();
  const metrics = new AssortmentMetrics(registry);
  const read = async () => newItemsOf(parseSamples(await registry.metrics()));
  const nothing = { came: 0, offered: 0, medianSeconds: undefined, example: undefined };
  metrics.step('vectors');
  expect(await read()).toEqual({ ...nothing, step: 'vectors' });

  metrics.step('open');
  for (let came = 0; came < 4; came++) metrics.productCame();
  for (const seconds of [1, 2, 9]) metrics.productOffered(seconds);
  metrics.explained({ title: 'Mug, "red"', subject: 'bert', shares: [{ source: 'price', share: 1 }] });
  const example = {
    title: 'Boots',
    subject: 'anna',
    shares: [
      { source: 'image', share: 0.75 },
      { source: 'text', share: 0.25 },
    ],
  } as const;
  metrics.explained(example);
  expect(await read()).toEqual({ step: 'open', came: 4, offered: 3, medianSeconds: 2, example });
});

it('says nothing of a shop whose assortment stays as it is', () => {
  expect(newItemsOf([])).toBeUndefined();
});
