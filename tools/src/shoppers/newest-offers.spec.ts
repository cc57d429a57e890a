import { NewestOffers } from './newest-offers.js';

const record = (fields: object) => ({
  value: Buffer.from(
    JSON.stringify({
      id: '0'.repeat(32),
      revision: 1,
      tenant: 'demo',
      subject: 'anna',
      placement: 'home',
      items: [{ item: 'a', rank: 1, score: 1, strategy: 'personal' }],
      model: null,
      cause: { messageId: 'm', eventTime: '2026-01-01T00:00:00Z' },
      validUntil: '2026-01-02T00:00:00Z',
      ...fields,
    }),
  ),
});
const items = (...ids: readonly string[]) =>
  ids.map((item, index) => ({ item, rank: index + 1, score: 0, strategy: 'personal' }));

it('keeps the offer of the highest revision, in whatever order they come', () => {
  const offers = new NewestOffers('demo', 'home');
  offers.apply(record({ revision: 2, items: items('b', 'c') }));
  offers.apply(record({ revision: 1, items: items('a') }));
  expect(offers.itemsFor('anna')).toEqual(['b', 'c']);
  offers.apply(record({ revision: 3, items: items('d') }));
  expect(offers.itemsFor('anna')).toEqual(['d']);
});

it('leaves other tenants and placements alone, and has nothing for a stranger', () => {
  const offers = new NewestOffers('demo', 'home');
  offers.apply(record({ tenant: 'other' }));
  offers.apply(record({ placement: 'cart' }));
  offers.apply({ value: null });
  expect(offers.itemsFor('anna')).toBeUndefined();
});
