import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import { interactionLog } from './interaction-log.js';
import { POPULARITY_HALF_LIFE_MS, rankedCatalog } from './popularity.js';

const TENANT = 'demo' as TenantId;

test('rows go by decayed popularity, then by id, and a removal does not count', () => {
  const log = interactionLog([
    { subject: 's', item: 'old', action: 'view', time: 0 },
    { subject: 's', item: 'removed', action: 'remove', time: 2 * POPULARITY_HALF_LIFE_MS },
    { subject: 's', item: 'new', action: 'view', time: 2 * POPULARITY_HALF_LIFE_MS },
  ]);
  const catalog = rankedCatalog(TENANT, log, ['b', 'a', 'new']);
  expect(catalog.ids).toEqual(['new', 'old', 'a', 'b', 'removed']);
  expect([...catalog.popularity]).toEqual([1, 0.25, 0, 0, 0]);
  expect(log.itemIds.map((_, item) => catalog.ids[catalog.rows[item] as number])).toEqual(log.itemIds);
  expect(catalog.hashes[0]).toBe(itemHash(TENANT, 'new' as ItemId));
});
