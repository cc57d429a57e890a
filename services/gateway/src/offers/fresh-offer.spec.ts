import {
  codesOfOfferId,
  itemHash,
  offerId,
  offerSchema,
  originCode,
  subjectCode,
  type Offer,
  type Strategy,
  type SubjectId,
} from '@offerstream/contracts';
import { ANNA, catalogOf, DEMO, HOME, MODEL, modelsWith, NOW_MS } from '../shop.fixture.js';
import { answeredOffer } from './offer-schemas.js';
import { freshOffer, isAsStored, popularOffer, type Present } from './fresh-offer.js';

const SERVING = { name: MODEL, version: '3' };

const stored = (over: Partial<Offer> = {}): Offer =>
  offerSchema.parse({
    id: offerId(DEMO, ANNA, '0:7', { placement: HOME.id, model: SERVING, strategy: 'personal' }),
    revision: 7,
    tenant: DEMO,
    subject: ANNA,
    placement: HOME.id,
    items: ['shoe', 'sock', 'hat'].map((item, index) => ({
      item,
      rank: index + 1,
      score: 3 - index,
      strategy: 'personal',
    })),
    model: SERVING,
    cause: { messageId: 'm', eventTime: '2026-11-24T09:59:00Z' },
    validUntil: new Date(NOW_MS + 1_000).toISOString(),
    ...over,
  });

const present = (over: { items?: readonly string[]; popular?: readonly string[]; nowMs?: number } = {}): Present => {
  const { items = ['shoe', 'sock', 'hat', 'coat', 'belt'], popular = ['sock', 'coat', 'belt'], nowMs = NOW_MS } = over;
  const models = modelsWith('3', popular);
  return {
    tenant: DEMO,
    shop: catalogOf(...items).shop(DEMO),
    model: models.get(DEMO, MODEL),
    popular: models.popularOf(DEMO, MODEL),
    nowMs,
  };
};

const shown = (offer: { readonly items: Offer['items'] }): string[] =>
  offer.items.map(({ item, rank, strategy }) => `${rank} ${item} ${strategy}`);

const originOf = (strategy: Strategy): string => originCode(DEMO, { placement: HOME.id, model: SERVING, strategy });

describe('a stored offer', () => {
  it('is answered as it is while all its items are available', () => {
    const offer = stored();
    expect(freshOffer(offer, present())).toBe(offer);
  });

  it('loses what has become unavailable or was deleted, and is filled up with popular items that it has not', () => {
    const offer = stored();
    const answer = freshOffer(offer, present({ items: ['shoe!', 'sock', 'coat', 'belt'] }));
    expect(shown(answer)).toEqual(['1 sock personal', '2 coat popular', '3 belt popular']);
    expect(answer.id).toBe(offer.id);
    expect(offerSchema.parse(answer)).toEqual(answer);
  });

  it('has no field that answers are not declared to have, once it is not the published one', () => {
    const offer = JSON.parse(JSON.stringify(stored()), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, secret: 1 } : value,
    ) as Offer;
    const answer = freshOffer(offer, present({ items: ['shoe', 'sock', 'coat'] }));
    expect(answer).toEqual(answeredOffer.parse(answer));
  });

  it('stays shorter where there is nothing to fill it up with', () => {
    expect(shown(freshOffer(stored(), present({ items: ['hat'], popular: [] })))).toEqual(['1 hat personal']);
  });

  it('has an id of its own when its first item is another’s choice, the same each time it is asked for', () => {
    const bare = present({ items: ['coat', 'belt'] });
    const answer = freshOffer(stored(), bare);
    expect(shown(answer)).toEqual(['1 coat popular', '2 belt popular']);
    expect(codesOfOfferId(answer.id)).toEqual({ subject: subjectCode(DEMO, ANNA), origin: originOf('popular') });
    expect(freshOffer(stored(), bare).id).toBe(answer.id);
  });

  it('is the shopper’s last ranking once it has expired', () => {
    const answer = freshOffer(stored(), present({ nowMs: NOW_MS + 2_000, items: ['shoe', 'hat', 'coat'] }));
    expect(shown(answer)).toEqual(['1 shoe last', '2 hat last', '3 coat popular']);
    expect(codesOfOfferId(answer.id).origin).toBe(originOf('last'));
    expect(answer.validUntil).toBe(stored().validUntil);
  });
});

describe('the terms of a stored offer', () => {
  const terms = {
    validUntilMs: Date.parse(stored().validUntil),
    items: stored().items.map(({ item }) => itemHash(DEMO, item)),
  };

  it.each([
    ['all its items are available', present(), true],
    ['it ends this very millisecond', present({ nowMs: NOW_MS + 1_000 }), true],
    ['it has expired', present({ nowMs: NOW_MS + 1_001 }), false],
    ['an item is unavailable', present({ items: ['shoe', 'sock!', 'hat'] }), false],
    ['an item was deleted', present({ items: ['shoe', 'sock'] }), false],
  ])('say as much as the offer itself where %s', (_, now, isKept) => {
    expect(isAsStored(terms, now)).toBe(isKept);
    const offer = stored();
    expect(freshOffer(offer, now) === offer).toBe(isKept);
  });
});

describe('an offer for a shopper of whom nothing is known', () => {
  it('is of popular items, and its id can be attributed', () => {
    const answer = popularOffer(ANNA, HOME, present({ items: ['sock', 'coat!', 'belt'] }));
    expect(shown(answer)).toEqual(['1 sock popular', '2 belt popular']);
    expect(codesOfOfferId(answer.id)).toEqual({ subject: subjectCode(DEMO, ANNA), origin: originOf('popular') });
    expect(answer).toMatchObject({
      revision: null,
      cause: null,
      model: SERVING,
      validUntil: '2026-11-24T11:00:00.000Z',
    });
  });

  it('is the same offer however often it is looked at, until the placement’s validity is over', () => {
    const idAt = (nowMs: number) => popularOffer(ANNA, HOME, present({ nowMs })).id;
    const spanMs = HOME.validitySeconds * 1_000;
    const startMs = Math.ceil(NOW_MS / spanMs) * spanMs;
    expect(new Set([startMs, startMs + 1, startMs + spanMs - 1].map(idAt)).size).toBe(1);
    expect(new Set([startMs - 1, startMs, startMs + spanMs].map(idAt)).size).toBe(3);
    expect(popularOffer('ben' as SubjectId, HOME, present()).id).not.toBe(idAt(NOW_MS));
  });

  it('names no model where the placement’s is not promoted', () => {
    const answer = popularOffer(ANNA, HOME, { ...present(), model: undefined });
    expect([shown(answer)[0], answer.model]).toEqual(['1 sock popular', null]);
  });
});
