import { ACTION, itemHash, type ItemId, type SubjectId } from '@offerstream/contracts';
import { Profile } from '@offerstream/profile';
import type { ListToRank } from '../recommendations/rank-items.js';
import type { RankResponse } from '../recommendations/rank-schemas.js';
import { ANNA, catalogOf, DEMO, item, modelsWith, NOW_MS, tenant } from '../shop.fixture.js';
import { Taste } from './taste.js';

const MODEL = { name: 'demo.behaviour', version: '1' };
const ITEMS: readonly ItemId[] = [item('bag'), item('box')];

const setUp = (answer: Partial<RankResponse> = {}) => {
  const lists: ListToRank[] = [];
  const catalog = catalogOf('bag', 'box');
  const known = Profile.empty();
  known.add({ itemHash: itemHash(DEMO, item('bag')), action: ACTION.view, timeSeconds: NOW_MS / 1_000 });
  for (const id of ['box', 'gone'])
    known.add({ itemHash: itemHash(DEMO, item(id)), action: ACTION.remove, timeSeconds: NOW_MS / 1_000 });
  const taste = new Taste({
    tables: { models: modelsWith('1'), shop: (id) => catalog.shop(id) },
    nowMs: () => NOW_MS,
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
    const { model, affinity } = await taste.forItems(tenant(), ANNA, ITEMS);
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
    expect(await taste.forItems(tenant(), subject, items)).toEqual({ model: null, affinity: undefined });
    expect(lists).toEqual([]);
  });

  it('is unknown where the model does not answer', async () => {
    const { taste } = setUp({ model: null });
    expect(await taste.forItems(tenant(), ANNA, ITEMS)).toEqual({ model: null, affinity: undefined });
  });
});

describe('a shopper’s habit', () => {
  it('is what they have touched, as far as the shop has it and they did not remove it', async () => {
    const { taste, lists } = setUp();
    expect(await taste.habit(tenant(), ANNA)).toEqual(new Map([['bag', 1]]));
    expect(lists).toEqual([]);
  });

  it('is none of a shopper of whom nothing is known', async () => {
    expect(await setUp().taste.habit(tenant(), 'ben' as SubjectId)).toEqual(new Map());
  });
});
