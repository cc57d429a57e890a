import type { PlacementId, SubjectId, TenantId } from './ids.js';
import { codesOfOfferId, isOfferId, offerId, originCode, subjectCode, type OfferOrigin } from './offer-id.js';

const DEMO = 'demo' as TenantId;
const ANNA = 'anna' as SubjectId;
const ORIGIN: OfferOrigin = {
  placement: 'home' as PlacementId,
  model: { name: 'demo.behaviour', version: '3' },
  strategy: 'personal',
};

describe('offerId', () => {
  it('is the same for the same moment, and another for each part that differs', () => {
    const ids = [
      offerId(DEMO, ANNA, '3:17', ORIGIN),
      offerId(DEMO, ANNA, '3:18', ORIGIN),
      offerId(DEMO, 'bert' as SubjectId, '3:17', ORIGIN),
      offerId('other' as TenantId, ANNA, '3:17', ORIGIN),
      offerId(DEMO, ANNA, '3:17', { ...ORIGIN, placement: 'cart' as PlacementId }),
      offerId(DEMO, ANNA, '3:17', { ...ORIGIN, strategy: 'popular' }),
      offerId(DEMO, ANNA, '3:17', { ...ORIGIN, model: { name: 'demo.behaviour', version: '4' } }),
      offerId(DEMO, ANNA, '3:17', { ...ORIGIN, model: undefined }),
      offerId(DEMO, ANNA, '3:17', { ...ORIGIN, placement: undefined }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(isOfferId)).toBe(true);
    expect(offerId(DEMO, ANNA, '3:17', { ...ORIGIN })).toBe(ids[0]);
  });

  it('says for whom and from where it is', () => {
    expect(codesOfOfferId(offerId(DEMO, ANNA, '3:17', ORIGIN))).toEqual({
      subject: subjectCode(DEMO, ANNA),
      origin: originCode(DEMO, ORIGIN),
    });
  });

  it('says nothing to another tenant', () => {
    const other = 'other' as TenantId;
    expect(originCode(other, ORIGIN)).not.toBe(originCode(DEMO, ORIGIN));
    expect(subjectCode(other, ANNA)).not.toBe(subjectCode(DEMO, ANNA));
  });

  it.each(['', '0123', 'G'.repeat(32), 'A'.repeat(32), `${'a'.repeat(32)}\n`])('%j is none', (text) =>
    expect(isOfferId(text)).toBe(false),
  );
});
