import { Registry } from 'prom-client';
import { OutcomesMetrics } from './outcomes-metrics.js';

const group = (placement: string, impressions: number, revenueMicros: Readonly<Record<string, number>> = {}) => ({
  tenant: 'shop',
  keys: { placement, strategy: 'personal' },
  impressions,
  clicks: 0,
  conversions: 0,
  revenueMicros,
});

it('shows the groups with the most impressions, however many there are, and forgets those of before', async () => {
  const registry = new Registry();
  const metrics = new OutcomesMetrics(registry, () => 0);
  metrics.show([group('gone', 1)]);
  metrics.show(Array.from({ length: 1_500 }, (_, index) => group(`p${index}`, index)));
  const shown = [...(await registry.metrics()).matchAll(/offers_shown\{tenant="shop",placement="([a-z0-9]+)"/g)];
  const names = shown.map(([, name]) => name);
  expect(names).toHaveLength(1_000);
  expect(names).toContain('p1499');
  expect(names).toContain('p500');
  expect(names).not.toContain('gone');
});

it('shows no more than so many currencies, since anybody can name one', async () => {
  const registry = new Registry();
  const metrics = new OutcomesMetrics(registry, () => 0);
  const currencies = Array.from({ length: 1_500 }, (_, index) => [`C${index}`, 2_500_000]);
  metrics.show([group('home', 1, Object.fromEntries(currencies) as Record<string, number>)]);
  const shown = [...(await registry.metrics()).matchAll(/offers_revenue\{[^}]*currency="C\d+"\} 2\.5\n/g)];
  expect(shown).toHaveLength(1_000);
});
