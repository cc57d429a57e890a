import { ACTION, itemHash, type ItemId } from '@offerstream/contracts';
import { Profile } from '@offerstream/profile';
import { DEMO, item } from '../shop.fixture.js';
import { itemExplanation, pastInteractions, type Grounds } from './item-explanation.js';

const hash = (name: string): bigint => itemHash(DEMO, item(name));

const profile = Profile.empty();
for (const [index, [name, action]] of (
  [
    ['shoe', ACTION.view],
    ['gone', ACTION.cart],
    ['sock', ACTION.purchase],
  ] as const
).entries())
  profile.add({ itemHash: hash(name), action, timeSeconds: index });

const known = new Map<bigint, ItemId>(['shoe', 'sock'].map((name) => [hash(name), item(name)]));
const past = pastInteractions(profile, (found) => known.get(found));
const grounds: Grounds = { past, context: [item('bag'), item('box')], nameOf: (id) => `the ${id}` };
const hat = { item: item('hat'), score: 1.5, strategy: 'personal' } as const;

describe('an explanation', () => {
  it('names what the shopper did, and an item that nobody knows any more not', () => {
    expect(past).toEqual([
      { item: 'shoe', action: 'view', at: '1970-01-01T00:00:00.000Z' },
      { item: null, action: 'cart', at: '1970-01-01T00:00:01.000Z' },
      { item: 'sock', action: 'purchase', at: '1970-01-01T00:00:02.000Z' },
    ]);
  });

  it('has the parts that add something, each at its interaction, and a sentence of the strongest', () => {
    const parts = { interactions: [0.5, 0.25, 0], context: [0, 0.5], other: 0.25 };
    expect(itemExplanation(hat, parts, grounds)).toEqual({
      sentence: 'Because you viewed the shoe and see the box.',
      interactions: [
        { item: 'shoe', action: 'view', at: '1970-01-01T00:00:00.000Z', value: 0.5 },
        { item: null, action: 'cart', at: '1970-01-01T00:00:01.000Z', value: 0.25 },
      ],
      context: [{ item: 'box', value: 0.5 }],
      other: 0.25,
    });
  });

  it('has what comes from each source that adds something, where the model says so', () => {
    const parts = { interactions: [0.5, 0, 0], context: [0, 0], other: 0.25, sources: [0.4, 0, 0, 0, 0.1] };
    expect(itemExplanation(hat, parts, grounds)).toMatchObject({
      sentence: 'Because you viewed the shoe: alike in words.',
      sources: [
        { source: 'text', value: 0.4 },
        { source: 'behaviour', value: 0.1 },
      ],
    });
  });

  it('is the score alone where no model has ranked', () => {
    expect(itemExplanation({ ...hat, strategy: 'popular', score: 0 }, undefined, grounds)).toEqual({
      sentence: 'Popular in this shop.',
      interactions: [],
      context: [],
      other: 0,
    });
    expect(itemExplanation({ ...hat, strategy: 'last' }, undefined, grounds).other).toBe(1.5);
  });

  it.each([NaN, Infinity])('is the score alone where a model’s parts are %d', (broken) => {
    const parts = { interactions: [0.5, broken, 0], context: [0, 0], other: 1 };
    expect(itemExplanation(hat, parts, grounds)).toMatchObject({ interactions: [], context: [], other: 1.5 });
  });
});
