import { NewestOffers } from './newest-offers.js';

const offer = (id: number, revision: number, { placement = 'home', key = 'demo:anna' } = {}) => ({
  key: Buffer.from(key),
  value: Buffer.from(
    JSON.stringify({
      id: String(id).padStart(32, '0'),
      revision,
      tenant: 'demo',
      subject: 'anna',
      placement,
      items: [],
      model: null,
      cause: { messageId: 'm', eventTime: '2026-01-05T10:00:00Z' },
      validUntil: '2026-01-06T10:00:00Z',
    }),
  ),
});
const revisions = (offers: NewestOffers) => offers.all().map(({ placement, revision }) => `${placement} ${revision}`);

it('keeps the highest revision of each placement and drops repeats', () => {
  const offers = new NewestOffers('demo:anna', undefined);
  expect(offers.take(offer(1, 10))?.revision).toBe(10);
  expect(offers.take(offer(1, 10))).toBeUndefined();
  expect(offers.take(offer(2, 30))?.revision).toBe(30);
  expect(offers.take(offer(3, 20))).toBeUndefined();
  expect(offers.take(offer(4, 15, { placement: 'cart' }))?.revision).toBe(15);
  expect(revisions(offers)).toEqual(['cart 15', 'home 30']);
});

it("takes nobody else's offers, and only those of the placement that is asked for", () => {
  const offers = new NewestOffers('demo:anna', 'home');
  expect(offers.take(offer(1, 10, { key: 'demo:anna2' }))).toBeUndefined();
  expect(offers.take(offer(2, 10, { placement: 'cart' }))).toBeUndefined();
  expect(offers.take({ key: Buffer.from('demo:anna'), value: null })).toBeUndefined();
  expect(revisions(offers)).toEqual([]);
});
