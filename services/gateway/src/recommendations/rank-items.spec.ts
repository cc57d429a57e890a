import { itemHash } from '@offerstream/contracts';
import type { ServingModel } from '@offerstream/decisioning';
import { Profile } from '@offerstream/profile';
import { catalogOf, DEMO, item, MODEL, modelsWith } from '../shop.fixture.js';
import type { Explained } from './explainer.js';
import type { Lane } from './gathered-ranker.js';
import { RankItems } from './rank-items.js';

const MODEL_SERVED: ServingModel = { name: MODEL, version: '3', family: 'behaviour', popular: [] };
const hash = (name: string): bigint => itemHash(DEMO, item(name));

/** A list ranked by a model that scores a hat above a shoe, whose sibling answers this. */
const setUp = (explained: Explained, modelScores: readonly number[] = [2, 1]) => {
  const asked: Lane[] = [];
  let degraded = 0;
  const catalog = catalogOf('shoe', 'hat');
  const rankItems = new RankItems({
    tables: { shop: (tenant) => catalog.shop(tenant), models: modelsWith('3', ['shoe', 'hat']) },
    explainer: { explain: () => Promise.resolve(explained) },
    ranker: {
      rank: (lane) => {
        asked.push(lane);
        const ranking = {
          modelVersion: '3',
          dimensions: 0,
          userVectors: new Float32Array(0),
          depth: 2,
          items: BigInt64Array.of(hash('hat'), hash('shoe')),
          scores: Float32Array.from(modelScores),
        };
        return Promise.resolve({ row: { ranking, row: 0 }, version: '3' });
      },
    },
    onDegraded: () => (degraded += 1),
  });
  const rank = async () => {
    const answer = await rankItems.rank({
      tenant: DEMO,
      model: MODEL_SERVED,
      profile: Profile.empty(),
      context: [item('sock')],
      items: [item('shoe'), item('hat')],
    });
    return { model: answer.model?.version, scores: answer.items.map(({ item: id, score }) => [id, score]) };
  };
  return { rank, catalog, asked, counts: () => ({ askedModel: asked.length, degraded }) };
};

describe('a list of items', () => {
  it('is ranked by the model itself where no sibling explains it', async () => {
    const { rank, counts } = setUp({ unexplained: 'not-found' });
    expect(await rank()).toEqual({
      model: '3',
      scores: [
        ['hat', 2],
        ['shoe', 1],
      ],
    });
    expect(counts()).toEqual({ askedModel: 1, degraded: 0 });
  });

  it.each(['unavailable', 'deadline-exceeded', 'overloaded'] as const)(
    'is ranked by popularity where the sibling is %s, and the model is not asked too',
    async (unexplained) => {
      const { rank, counts } = setUp({ unexplained });
      expect(await rank()).toEqual({
        model: undefined,
        scores: [
          ['shoe', null],
          ['hat', null],
        ],
      });
      expect(counts()).toEqual({ askedModel: 0, degraded: 1 });
    },
  );

  it.each([NaN, -Infinity])('has no score of an item that the model scores %d', async (score) => {
    const partsOf = (value: number) => ({ interactions: [], context: [value], other: 1 });
    const scores = [
      ['shoe', 1],
      ['hat', null],
    ];
    expect(await setUp({ unexplained: 'not-found' }, [score, 1]).rank()).toEqual({ model: '3', scores });
    expect(await setUp({ parts: [partsOf(0), partsOf(score)] }).rank()).toEqual({ model: '3', scores });
  });

  it('is not blocked by a change of its items since it was asked for', async () => {
    const { rank, catalog, asked } = setUp({ unexplained: 'not-found' });
    await rank();
    catalog.put(DEMO, item('shoe'), Buffer.from('{"id":"shoe","title":"Trail Shoe"}'));
    catalog.put(DEMO, item('belt'), Buffer.from('{"id":"belt"}'));
    expect(asked.map(({ blocked }) => blocked())).toEqual([BigInt64Array.of(hash('belt'))]);
  });
});
