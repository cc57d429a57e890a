import type { ItemId } from '@offerstream/contracts';
import { Registry } from 'prom-client';
import { GatewayMetrics } from '../gateway-metrics.js';
import { GatewayTables } from '../gateway-tables.js';
import { until } from '../running-gateway.fixture.js';
import { DEMO, tenant } from '../shop.fixture.js';
import { openSearch, type SearchParts } from './search-parts.js';

it('what ends the search thread is told, and what the catalog has is found again by another', async () => {
  const warnings: string[] = [];
  const registry = new Registry();
  let hasEncoder = false;
  const tables = new GatewayTables((owner, item) => search.noteItem(owner, item));
  const search: SearchParts = openSearch({
    tables,
    shoppers: undefined as never,
    rankItems: undefined as never,
    language: {
      models: { of: () => undefined } as never,
      embedder: {
        encoderOf: () =>
          hasEncoder ? { name: 'broken', version: '1', folder: '', createdMs: 0, dimensions: 2 } : undefined,
        embed: () => Promise.resolve({ vectors: Float32Array.of(NaN, 0), tokens: 1 }),
      } as never,
    },
    photos: undefined as never,
    metrics: new GatewayMetrics(registry),
    warn: (message) => {
      hasEncoder = false;
      warnings.push(message);
    },
  });
  const find = async (): Promise<string[]> => {
    const { items } = await search.itemSearch.find(tenant(), { q: 'red', limit: 9 });
    return items.map(({ item }) => item);
  };
  search.start();
  tables.catalog.put(DEMO, 'bag' as ItemId, Buffer.from(JSON.stringify({ id: 'bag', title: 'Red bag' })));
  await until(async () => (await find()).length === 1);
  hasEncoder = true;
  await until(() => warnings.length > 0);
  await expect(find()).rejects.toMatchObject({ details: { status: 503, code: 'search-failed' } });
  expect(warnings[0]).toContain('points nowhere');
  await until(() =>
    find().then(
      (found) => found.length === 1,
      () => false,
    ),
  );
  expect(await registry.metrics()).toMatch(/^gateway_search_threads_lost_total 1$/m);
  expect(await registry.metrics()).toMatch(/^gateway_search_waiting 0$/m);
  await search.close();
});
