import { vectorText, type ItemId } from '@offerstream/contracts';
import type { PutRecord } from '@offerstream/service-kit';
import { Registry } from 'prom-client';
import { followedTable } from '../followed-table.fixture.js';
import { GatewayMetrics } from '../gateway-metrics.js';
import { GatewayTables } from '../gateway-tables.js';
import type { ServingEncoder, ServingVersion } from '../models/model-folder.js';
import { until } from '../running-gateway.fixture.js';
import { DEMO, tenant } from '../shop.fixture.js';
import { openSearch, type SearchParts } from './search-parts.js';

const ENCODER: ServingEncoder = { name: 'meaning', version: '1', folder: '', createdMs: 0, dimensions: 2 };
/** What reads its file throws something that nobody expects. */
const BROKEN: ServingVersion = { name: 'broken', version: '1', folder: 7 as never, createdMs: 0 };
const VECTORS = Buffer.from(
  JSON.stringify({ id: 'bag', text: { model: 'meaning', version: '1', vector: vectorText(Float32Array.of(1, 0)) } }),
);

it('what ends the search thread is told, and what catalog and topic have is found again by another', async () => {
  const warnings: string[] = [];
  const registry = new Registry();
  let languageModel: ServingVersion | undefined;
  const tables = new GatewayTables((owner, item) => search.noteItem(owner, item));
  const search: SearchParts = openSearch({
    tables,
    shoppers: undefined as never,
    rankItems: undefined as never,
    language: {
      models: { of: () => languageModel } as never,
      embedder: {
        has: () => true,
        encoderFor: (_tenant: unknown, spaces: readonly unknown[]) => (spaces.length > 0 ? ENCODER : undefined),
        embed: () => Promise.resolve({ vectors: Float32Array.of(1, 0), tokens: 1 }),
      } as never,
    },
    photos: undefined as never,
    metrics: new GatewayMetrics(registry),
    warn(message) {
      languageModel = undefined;
      warnings.push(message);
    },
  });
  const find = async (q: string): Promise<string[]> => {
    const { items } = await search.itemSearch.find(tenant(), { q, limit: 9 });
    return items.map(({ item }) => item);
  };
  const isFound = (q: string): Promise<boolean> =>
    find(q).then(
      (found) => found.length === 1,
      () => false,
    );
  tables.catalog.put(DEMO, 'bag' as ItemId, Buffer.from(JSON.stringify({ id: 'bag', title: 'Red bag' })));
  await until(() => isFound('red'));
  // Until the topic has been read, nothing is missing.
  expect(await find('sack')).toEqual([]);
  expect(await registry.metrics()).not.toContain('missing="encoder"');
  let hasVectors = false;
  let tell = (): void => undefined;
  search.followVectors((put: PutRecord) => {
    tell = () => put('demo:bag', VECTORS, undefined as never);
    if (hasVectors) tell();
    return followedTable();
  });
  await until(async () => {
    expect(await find('sack')).toEqual([]);
    return (await registry.metrics()).includes('gateway_degraded_answers_total{missing="encoder"}');
  });
  hasVectors = true;
  tell();
  await until(() => isFound('sack'));

  languageModel = BROKEN;
  await expect(search.itemSearch.suggest(tenant(), { q: 'red', limit: 9 })).rejects.toMatchObject({
    details: { status: 503, code: 'search-failed' },
  });
  await expect(find('red')).rejects.toMatchObject({ details: { status: 503, code: 'search-failed' } });
  expect(warnings).toEqual([expect.stringContaining('the search thread is replaced')]);
  await until(() => isFound('red'));
  await until(() => isFound('sack'));
  expect(await registry.metrics()).toMatch(/^gateway_search_threads_lost_total 1$/m);
  await until(async () => /^gateway_search_waiting 0$/m.test(await registry.metrics()));
  await search.close();
});
