import { offerSchema, userVectorSchema, type Offer, type PlacementId } from '@offerstream/contracts';
import type { DecidedVisit, ScoredVisit } from '../visit.js';
import {
  batchOf,
  catalogOf,
  element,
  hashOf,
  MODEL,
  modelsWith,
  NOW_MS,
  promote,
  ranking,
  record,
  scoredVisit,
  tenant,
} from '../shop.fixture.js';
import { decide } from './decide.js';

const catalog = catalogOf('shoe', 'sock', 'hat!', 'coat', 'scarf');

const run = (
  visit: ScoredVisit,
  { models = modelsWith('3', ['scarf', 'hat', 'coat']), quiet = false, nowMs = NOW_MS } = {},
): DecidedVisit => {
  const result = decide(models, catalog, { isQuiet: () => quiet }, () => nowMs)(visit, record(), batchOf([]));
  if (result.kind !== 'ok') throw new Error(result.kind);
  return result.value;
};

const offersOf = (visit: DecidedVisit): readonly Offer[] =>
  visit.messages
    .filter(({ topic }) => topic === 'offers')
    .map(({ value }) => offerSchema.parse(JSON.parse(value.toString())));
const shown = (visit: DecidedVisit): readonly string[] =>
  offersOf(visit).flatMap(({ items }) => items.map(({ item, rank, strategy }) => `${rank} ${item} ${strategy}`));

const ranked = (
  names: Parameters<typeof ranking>[1][number],
  vector: readonly number[] = [],
): ScoredVisit['rankings'] =>
  new Map([[MODEL, { ranking: ranking('3', [['coat'], names], [vector.map(() => 9), vector]), row: 1 }]]);
const last = (...names: readonly string[]): ScoredVisit['lastOffers'] =>
  new Map([['home' as PlacementId, names.map((name) => ({ itemHash: hashOf(name), score: 0.5 }))]]);

describe('deciding', () => {
  it('offers the shopper’s own row of the ranking, with what caused it', () => {
    const [offer] = offersOf(run(scoredVisit({ rankings: ranked(['shoe', 'sock']) })));
    expect(offer).toMatchObject({
      tenant: 'demo',
      subject: 'anna',
      placement: 'home',
      revision: 7,
      model: { name: MODEL, version: '3' },
      cause: { messageId: 'm-0', eventTime: new Date(NOW_MS - 1_000).toISOString() },
      validUntil: new Date(NOW_MS + 3_600_000).toISOString(),
    });
    expect(offer?.items.map(({ item, score }) => [item, score])).toEqual([
      ['shoe', 1],
      ['sock', 0.75],
      ['scarf', 0],
    ]);
  });

  it('falls back from the personal ranking to the last one, to popular items, to nothing', () => {
    const popular = modelsWith('3', ['scarf']);
    expect(shown(run(scoredVisit({ rankings: ranked(['shoe', 'sock', 'coat']), lastOffers: last('coat') })))).toEqual([
      '1 shoe personal',
      '2 sock personal',
      '3 coat personal',
    ]);
    expect(shown(run(scoredVisit({ lastOffers: last('coat', 'sock') }), { models: popular }))).toEqual([
      '1 coat last',
      '2 sock last',
      '3 scarf popular',
    ]);
    expect(shown(run(scoredVisit(), { models: popular }))).toEqual(['1 scarf popular']);
    expect(run(scoredVisit(), { models: modelsWith('3') }).messages).toEqual([]);
  });

  it('offers nothing that is unavailable or that the catalog does not have, from any list', () => {
    expect(shown(run(scoredVisit({ rankings: ranked(['hat', 'gone', 'shoe']) })))).toEqual([
      '1 shoe personal',
      '2 scarf popular',
      '3 coat popular',
    ]);
    expect(shown(run(scoredVisit({ lastOffers: last('gone', 'hat', 'sock') })))[0]).toBe('1 sock last');
  });

  it('offers nothing that has no score', () => {
    const rankings = ranked([
      ['shoe', NaN],
      ['sock', -Infinity],
      ['coat', 0.5],
    ]);
    expect(shown(run(scoredVisit({ rankings })))).toEqual(['1 coat personal', '2 scarf popular']);
  });

  it('names the version that ranked, also where another one was promoted meanwhile', () => {
    const models = modelsWith('3');
    const visit = scoredVisit({ rankings: ranked(['shoe']) });
    promote(models, '4');
    expect(offersOf(run(visit, { models }))[0]?.model).toEqual({ name: MODEL, version: '3' });
    expect(offersOf(run(scoredVisit({ lastOffers: last('shoe') }), { models }))[0]?.model?.version).toBe('4');
  });

  it('offers the tenant’s popular items, naming no model, where the placement’s is not promoted', () => {
    const placements = [{ ...tenant().placements[0], model: 'demo.withdrawn' }];
    const visit = run(scoredVisit({ tenant: tenant({ placements }) }));
    expect(shown(visit)).toEqual(['1 scarf popular', '2 coat popular']);
    expect(offersOf(visit)[0]?.model).toBeNull();
  });

  it('publishes the shopper’s vector, of a model that has one', () => {
    const { messages } = run(scoredVisit({ rankings: ranked(['shoe'], [0.5, -2]) }));
    const vector = messages.find(({ topic }) => topic === 'user-vectors');
    const value = userVectorSchema.parse(JSON.parse(String(vector?.value)));
    const bytes = Buffer.from(value.vector, 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.length]).toEqual([0.5, -2, 8]);
    expect(value).toMatchObject({ model: { name: MODEL, version: '3' }, updatedAt: new Date(NOW_MS).toISOString() });
    expect(run(scoredVisit({ rankings: ranked(['shoe']) })).messages).toHaveLength(1);
  });

  it('publishes a vector of each model that has placements, each known by its model', () => {
    const other = 'demo.content';
    const placements = [MODEL, other].map((model, index) => ({ ...tenant().placements[0], id: `p${index}`, model }));
    const rankings = new Map(
      [MODEL, other].map((name) => [name, { ranking: ranking('3', [['shoe']], [[1]]), row: 0 }]),
    );
    const { messages } = run(scoredVisit({ tenant: tenant({ placements }), rankings }));
    const vectors = messages.filter((message) => message.topic === 'user-vectors');
    expect(vectors.map(({ model }) => model)).toEqual([MODEL, other]);
    expect(new Set(vectors.map(({ id }) => id)).size).toBe(2);
  });

  it('decides each placement by its own slots and validity', () => {
    const placements = [
      { id: 'home', model: MODEL, slots: 1, validitySeconds: 3_600 },
      { id: 'cart', model: MODEL, slots: 2, validitySeconds: 60 },
    ];
    const visit = scoredVisit({ tenant: tenant({ placements }), rankings: ranked(['shoe', 'sock']) });
    const seen = (nowMs: number) =>
      offersOf(run(visit, { nowMs })).map(({ placement, items }) => [placement, items.length]);
    expect(seen(NOW_MS + 60_000)).toEqual([
      ['home', 1],
      ['cart', 2],
    ]);
    expect(seen(NOW_MS + 60_001)).toEqual([['home', 1]]);
  });

  it.each([
    ['old news', scoredVisit({ rankings: ranked(['shoe'], [1]) }), { nowMs: NOW_MS + 3_600_001 }],
    ['an event that had its offers before', scoredVisit({ rankings: ranked(['shoe'], [1]) }), { quiet: true }],
    ['an event that says nothing about taste', scoredVisit({ cause: undefined, rankings: ranked(['shoe']) }), {}],
  ])('publishes nothing for %s', (_, visit, options) => {
    expect(run(visit, options).messages).toEqual([]);
  });

  it('gives one event and placement one id, and another offset another', () => {
    const idOf = (offset: number) =>
      offersOf(run(scoredVisit({ rankings: ranked(['shoe']), cause: element(offset) })))[0]?.id;
    expect(idOf(1)).toBe(idOf(1));
    expect(idOf(1)).not.toBe(idOf(2));
  });
});
