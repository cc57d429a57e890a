import type { ItemId, SubjectId } from '@offerstream/contracts';
import { FirstOffers } from './first-offers.js';

const offer = (subject: string, ...items: readonly string[]) => ({
  subject: subject as SubjectId,
  items: items.map((item, index) => ({
    item: item as ItemId,
    rank: index + 1,
    score: 1,
    strategy: 'personal' as const,
  })),
});

it('says of what came who was offered it first, how soon, and once', () => {
  const first = new FirstOffers();
  first.came('boots' as ItemId, 1_000);
  first.came('lamp' as ItemId, 2_000);
  expect(first.take(offer('anna', 'tent', 'boots'), 2_500)).toEqual([{ item: 'boots', subject: 'anna', seconds: 1.5 }]);
  expect(first.take(offer('bert', 'boots'), 2_600)).toEqual([]);
  expect(first.take(offer('bert', 'lamp', 'boots'), 5_000)).toEqual([{ item: 'lamp', subject: 'bert', seconds: 3 }]);
});

it('waits no more for what is gone', () => {
  const first = new FirstOffers();
  first.came('boots' as ItemId, 1_000);
  first.left('boots' as ItemId);
  expect(first.take(offer('anna', 'boots'), 2_000)).toEqual([]);
});
