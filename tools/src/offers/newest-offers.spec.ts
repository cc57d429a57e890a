import type { SubjectId, TenantId } from '@offerstream/contracts';
import { NewestOffers } from './newest-offers.js';

const tenant = 'demo' as TenantId;
const subject = 'anna' as SubjectId;

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
  const offers = new NewestOffers({ tenant, subject });
  expect(offers.take(offer(1, 10))?.revision).toBe(10);
  expect(offers.take(offer(1, 10))).toBeUndefined();
  expect(offers.take(offer(2, 30))?.revision).toBe(30);
  expect(offers.take(offer(3, 20))).toBeUndefined();
  expect(offers.take(offer(4, 15, { placement: 'cart' }))?.revision).toBe(15);
  expect(revisions(offers)).toEqual(['cart 15', 'home 30']);
});

it("takes nobody else's offers, and only those of the placement that is asked for", () => {
  const offers = new NewestOffers({ tenant, subject, placement: 'home' });
  expect(offers.take(offer(1, 10, { key: 'demo:anna2' }))).toBeUndefined();
  expect(offers.take(offer(2, 10, { placement: 'cart' }))).toBeUndefined();
  expect(offers.take({ key: Buffer.from('demo:anna'), value: null })).toBeUndefined();
  expect(revisions(offers)).toEqual([]);
});

it("keeps every shopper's own where nobody in particular is asked for", () => {
  const offers = new NewestOffers({ tenant, placement: 'home' });
  offers.take(offer(1, 10));
  offers.take(offer(2, 30, { key: 'demo:ben' }));
  offers.take(offer(3, 20, { key: 'demo:ben' }));
  offers.take(offer(4, 40, { key: 'other:anna' }));
  expect([offers.of('anna', 'home')?.revision, offers.of('ben', 'home')?.revision]).toEqual([10, 30]);
  expect(offers.of('eve', 'home')).toBeUndefined();
  expect(offers.of('anna', 'cart')).toBeUndefined();
});
