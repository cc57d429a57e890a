import type { TenantId } from '@offerstream/contracts';
import { interactionLog, type Interaction } from './interaction-log.js';
import { itemQuality } from './item-quality.js';
import { rankedCatalog } from './popularity.js';

test('what sells better has the higher quality, and an unseen item that of the mean', () => {
  const events = (item: string, views: number, purchases: number): Interaction[] => [
    ...Array.from({ length: views }, () => ({ subject: 's', item, action: 'view', time: 0 }) as const),
    ...Array.from({ length: purchases }, () => ({ subject: 's', item, action: 'purchase', time: 0 }) as const),
  ];
  const log = interactionLog([...events('good', 60, 40), ...events('bad', 100, 0)]);
  const catalog = rankedCatalog('demo' as TenantId, log, ['unseen']);
  const { ofItems, ofUntouched } = itemQuality(log, catalog);
  const of = (id: string): number => ofItems[catalog.ids.indexOf(id)] as number;
  expect(of('good')).toBe(1);
  expect(of('unseen')).toBeCloseTo(2 / 3);
  expect(ofUntouched).toBeCloseTo(of('unseen'));
  expect(of('bad')).toBeCloseTo(1 / 3);
});
