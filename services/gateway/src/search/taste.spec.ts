import { ACTION, itemHash, type ItemId, type SubjectId } from '@offerstream/contracts';
import { Profile } from '@offerstream/profile';
import type { ListToRank } from '../recommendations/rank-items.js';
import type { RankResponse } from '../recommendations/rank-schemas.js';
import { ANNA, DEMO, item, modelsWith, tenant } from '../shop.fixture.js';
import { Taste } from './taste.js';

const MODEL = { name: 'demo.behaviour', version: '1' };
const ITEMS: readonly ItemId[] = [item('bag'), item('box')];

const setUp = (answer: Partial<RankResponse> = {}) => {
  const lists: ListToRank[] = [];
  const known = Profile.empty();
  known.add({ itemHash: itemHash(DEMO, item('bag')), action: ACTION.view, timeSeconds: 1 });
  const taste = new Taste({
    tables: { models: modelsWith('1') },
    shoppers: { profile: (_tenant, subject) => Promise.resolve(subject === ANNA ? known : Profile.empty()) },
    rankItems: {
      rank: (list) => {
        lists.push(list);
        return Promise.resolve({
          model: MODEL,
          items: [
            { item: item('bag'), rank: 1, score: 0.7 },
            { item: item('box'), rank: 2, score: null },
          ],
          unavailable: [],
          ...answer,
        });
      },
    },
  });
  return { taste, lists };
};

describe('a shopper’s taste', () => {
  it('is what the model that recommends says; 0 where it says nothing', async () => {
    const { taste, lists } = setUp();
    const { model, affinity } = await taste.of(tenant(), ANNA, ITEMS);
    expect(model).toEqual(MODEL);
    expect(['bag', 'box', 'other'].map((id) => affinity?.(item(id)))).toEqual([0.7, 0, 0]);
    expect(lists).toMatchObject([{ tenant: DEMO, model: MODEL, items: ITEMS }]);
  });

  it.each([
    ['nobody', undefined, ITEMS],
    ['a shopper of whom nothing is known', 'ben' as SubjectId, ITEMS],
    ['no items', ANNA, []],
  ])('is unknown, and not asked for, of %s', async (_, subject, items) => {
    const { taste, lists } = setUp();
    expect(await taste.of(tenant(), subject, items)).toEqual({ model: null, affinity: undefined });
    expect(lists).toEqual([]);
  });

  it('is unknown where the model does not answer', async () => {
    const { taste } = setUp({ model: null });
    expect(await taste.of(tenant(), ANNA, ITEMS)).toEqual({ model: null, affinity: undefined });
  });
});
