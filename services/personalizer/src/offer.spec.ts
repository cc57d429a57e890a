import { itemHash, offerId, offerSchema, userVectorSchema, type Offer, type SubjectId } from '@offerstream/contracts';
import { offerMessage, vectorMessage, type OfferParts } from './offer.js';
import { DEMO, MODEL, NOW_MS, record, tenant } from './shop.fixture.js';

const NASTY = 'a"\\\n\u2028é\u{1f600}';
const [placement] = tenant().placements as [OfferParts['placement']];
const offerable = (id: string) => ({
  id: id as never,
  hash: itemHash(DEMO, id as never),
  available: true,
  json: JSON.stringify(id),
});
const cause = { record: record({ partition: 3, offset: 12 }), messageId: NASTY, timeMs: NOW_MS - 5 };

const parts = (over: Partial<OfferParts> = {}): OfferParts => ({
  tenant: DEMO,
  subject: NASTY as SubjectId,
  placement,
  revision: NOW_MS,
  items: [
    { item: offerable(NASTY), score: 0.1234567, strategy: 'personal' },
    { item: offerable('b'), score: -2, strategy: 'last' },
    { item: offerable('c'), score: 0, strategy: 'popular' },
  ],
  model: { name: `${MODEL}${NASTY}`, version: '3' },
  cause,
  ...over,
});

/** What the offer should be, by JSON.stringify. */
const expected = (of: OfferParts): object => ({
  id: offerId(of.tenant, of.subject, '3:12', {
    placement: of.placement.id,
    model: of.model,
    strategy: of.items[0]?.strategy ?? 'personal',
  }),
  revision: of.revision,
  tenant: of.tenant,
  subject: of.subject,
  placement: of.placement.id,
  items: of.items.map(({ item, score, strategy }, index) => ({
    item: item.id,
    rank: index + 1,
    score: Number(score.toFixed(6)),
    strategy,
  })),
  model: of.model ?? null,
  cause: { messageId: of.cause.messageId, eventTime: new Date(of.cause.timeMs).toISOString() },
  validUntil: new Date(of.cause.record.appendedAt + 3_600_000).toISOString(),
});

describe('an offer as JSON', () => {
  it.each([
    ['with all there can be', parts()],
    ['without a model', parts({ model: undefined })],
    ['of popular items', parts({ items: [{ item: offerable('c'), score: 0, strategy: 'popular' }] })],
    [
      'with a great and a tiny score',
      parts({
        items: [1e20, 1e-9, -0.0000004].map((score) => ({
          item: offerable('x'),
          score,
          strategy: 'personal' as const,
        })),
      }),
    ],
  ])('is what JSON.stringify would make of it, and fits the schema: %s', (_, of) => {
    const { value, topic, timeMs } = offerMessage(of);
    const text = value.toString();
    expect(JSON.stringify(offerSchema.parse(JSON.parse(text)))).toBe(text);
    expect(text).toBe(JSON.stringify(expected(of)));
    expect([topic, timeMs]).toEqual(['offers', NOW_MS - 5]);
  });

  it('bears its id in the value and beside it', () => {
    const message = offerMessage(parts());
    expect((JSON.parse(message.value.toString()) as Offer).id).toBe(message.id);
  });

  it('has its terms beside it', () => {
    const { value, terms } = offerMessage(parts());
    const offer = JSON.parse(value.toString()) as Offer;
    expect(terms).toEqual({
      validUntilMs: Date.parse(offer.validUntil),
      items: offer.items.map(({ item }) => itemHash(DEMO, item)),
    });
  });

  it('has an id of its own for each subject, partition, offset and placement', () => {
    const at = (partition: number, offset: number, over: Partial<OfferParts> = {}) =>
      offerMessage(parts({ ...over, cause: { ...cause, record: record({ partition, offset }) } })).id;
    const ids = [
      at(1, 2),
      at(1, 2, { subject: 'bob' as SubjectId }),
      at(2, 2),
      at(1, 3),
      at(1, 2, { placement: { ...placement, id: 'cart' as never } }),
      at(12, 2),
      at(1, 22),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(at(1, 2, { revision: 1 })).toBe(ids[0]);
  });
});

describe('a vector as JSON', () => {
  it('is what JSON.stringify would make of it, and fits the schema', () => {
    const vector = Float32Array.of(9, 0.25, -1.5).subarray(1);
    const model = { name: MODEL, version: NASTY };
    const message = vectorMessage({
      tenant: DEMO,
      subject: NASTY as SubjectId,
      model,
      revision: 7,
      vector,
      cause,
    });
    const text = message.value.toString();
    expect(JSON.stringify(userVectorSchema.parse(JSON.parse(text)))).toBe(text);
    expect(text).toBe(
      JSON.stringify({
        tenant: DEMO,
        subject: NASTY,
        model,
        revision: 7,
        vector: Buffer.from(Float32Array.of(0.25, -1.5).buffer).toString('base64'),
        updatedAt: new Date(NOW_MS).toISOString(),
      }),
    );
    expect([message.topic, message.model]).toEqual(['user-vectors', MODEL]);
  });
});
