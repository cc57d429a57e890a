import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import { Catalog, keepPublishable, type OfferableItem } from './catalog.js';
import { decideItems, type Decision, type RankingRow } from './decide-items.js';

const DEMO = 'demo' as TenantId;
const hashOf = (name: string): bigint => itemHash(DEMO, name as ItemId);

const catalog = new Catalog(keepPublishable);
for (const id of ['shoe', 'sock', 'coat', 'scarf'])
  catalog.put(DEMO, id as ItemId, Buffer.from(JSON.stringify({ id })));
catalog.put(DEMO, 'hat' as ItemId, Buffer.from('{"id":"hat","available":false}'));

/** The second of two rows; the first is another shopper's. */
const row = (...items: readonly (readonly [string, number])[]): RankingRow => ({
  ranking: {
    depth: items.length,
    items: BigInt64Array.from([
      ...items.map(() => hashOf('scarf')),
      ...items.map(([name]) => (name === '' ? 0n : hashOf(name))),
    ]),
    scores: Float32Array.from([...items.map(() => 9), ...items.map(([, score]) => score)]),
  },
  row: 1,
});
const stored = (...names: readonly string[]) => names.map((name) => ({ itemHash: hashOf(name), score: 0.5 }));

const decide = (over: Partial<Decision<OfferableItem>>): readonly string[] =>
  decideItems({
    slots: 3,
    shop: catalog.shop(DEMO),
    personal: undefined,
    last: undefined,
    popular: [],
    ...over,
  }).map(({ item, score, strategy }) => `${item.id} ${score} ${strategy}`);

describe('deciding on items', () => {
  it('takes the shopper’s own row, best first, with its scores', () => {
    expect(decide({ personal: row(['shoe', 1], ['sock', 0.5], ['', 0]) })).toEqual([
      'shoe 1 personal',
      'sock 0.5 personal',
    ]);
  });

  it('takes nothing that is unavailable, that the catalog does not have, or that has no score', () => {
    const personal = row(['hat', 4], ['gone', 3], ['shoe', NaN], ['sock', -Infinity], ['coat', 0.5]);
    expect(decide({ personal })).toEqual(['coat 0.5 personal']);
    expect(decide({ last: stored('hat', 'gone', 'sock'), popular: [hashOf('gone'), hashOf('coat')] })).toEqual([
      'sock 0.5 last',
      'coat 0 popular',
    ]);
  });

  it('takes nothing that is refused, from any list', () => {
    const accepts = ({ id }: { readonly id: ItemId }) => id !== 'shoe';
    const popular = [hashOf('shoe'), hashOf('scarf')];
    expect(decide({ personal: row(['shoe', 1], ['coat', 0.5]), popular, accepts })).toEqual([
      'coat 0.5 personal',
      'scarf 0 popular',
    ]);
    expect(decide({ last: stored('shoe', 'sock'), accepts })).toEqual(['sock 0.5 last']);
  });

  it('shows another order only what may be chosen of the personal ranking', () => {
    const seen: string[] = [];
    const decided = decide({
      personal: row(['hat', 3], ['shoe', 2], ['sock', 1], ['coat', 0.5]),
      accepts: ({ id }) => id !== 'sock',
      reorder: (candidates) => {
        const list = [...candidates];
        seen.push(...list.map(({ item }) => item.id));
        return list.reverse();
      },
      popular: [hashOf('scarf')],
    });
    expect(seen).toEqual(['shoe', 'coat']);
    expect(decided).toEqual(['coat 0.5 personal', 'shoe 2 personal', 'scarf 0 popular']);
  });
});
