import type { CatalogItem, ItemId } from '@offerstream/contracts';
import type { OnnxModel } from '@offerstream/onnx';
import { openSession } from '@offerstream/onnx-runtime';
import { interactionLog, type Interaction } from '../interaction-log.js';
import { rankedCatalog } from '../popularity.js';
import { RESULTS } from '../ranker.js';
import { retrievalGraph } from '../retrieval-graph.js';
import { behaviourRanker } from './behaviour.js';
import type { Family } from './family.js';
import { FAMILIES, FAMILY_NAMES, type FamilyName } from './index.js';
import { feedsFor, hashOf, TENANT, type Question } from './questions.fixture.js';

const DAY_SECONDS = 86_400;

interface Answer {
  readonly items: readonly string[];
  readonly scores: readonly number[];
}

/** Asks a model in a real session; `ids` are the items whose hashes are known. Padding is cut off. */
const ask = async (model: OnnxModel, ids: readonly string[], question: Question): Promise<readonly Answer[]> => {
  const { histories } = question;
  const session = await openSession(model.toBuffer());
  const outputs = await session.run(feedsFor(question));
  await session.close();
  const known = new Map(ids.map((id) => [hashOf(id), id]));
  const items = outputs['items']?.data as BigInt64Array;
  const scores = outputs['scores']?.data as Float32Array;
  expect(outputs['items']?.dims).toEqual([histories.length, RESULTS]);
  expect(outputs['user_vector']?.dims[0]).toBe(histories.length);
  expect([...scores, ...(outputs['user_vector']?.data as Float32Array)].every(Number.isFinite)).toBe(true);
  return histories.map((_, row) => {
    const found = Array.from(items.subarray(row * RESULTS, (row + 1) * RESULTS));
    const count = found.filter((hash) => hash !== 0n).length;
    // What there is comes first.
    expect(found.slice(count).every((hash) => hash === 0n)).toBe(true);
    return {
      items: found.slice(0, count).map((hash) => known.get(hash) ?? 'unknown'),
      scores: Array.from(scores.subarray(row * RESULTS, row * RESULTS + count)),
    };
  });
};

/** Two kinds of shoppers, who touch letters or digits; a, then b are the most popular. */
const shop = (): Interaction[] => {
  const sequences = ['abcd', 'abdc', 'acbd', 'bac', 'ab', 'a', '1234', '1243', '2134', '123'];
  return Array.from({ length: 20 }, (_, n) =>
    sequences.flatMap((sequence, s) =>
      Array.from(sequence).map((item, i): Interaction => ({
        subject: `${s}-${n}`,
        item,
        action: 'view',
        time: (n * 10 + s) * 60_000 + i * 1000,
      })),
    ),
  ).flat();
};
const CATALOG = Array.from('abcdefg12345').map((id): CatalogItem => ({
  id: id as ItemId,
  title: id >= 'a' ? `letter ${id}` : `digit ${id}`,
  categories: [id >= 'a' ? 'Letters' : 'Digits'],
  price: 10,
  available: true,
}));

const built = new Map<FamilyName, { readonly model: OnnxModel; readonly ids: readonly string[] }>();
const modelOf = async (name: FamilyName) => {
  const known = built.get(name);
  if (known !== undefined) return known;
  const log = interactionLog(shop().sort((a, b) => a.time - b.time));
  const catalog = rankedCatalog(
    TENANT,
    log,
    CATALOG.map(({ id }) => id),
  );
  const items = new Map(CATALOG.map((item) => [item.id as string, item]));
  const family: Family = FAMILIES[name];
  const fitted = await family.fit({ tenant: TENANT, log, catalog, items, seed: 1 });
  const result = { model: retrievalGraph(name, catalog, fitted.ranker(family.defaults)), ids: catalog.ids };
  built.set(name, result);
  return result;
};
const answer = async (name: FamilyName, question: Question): Promise<readonly Answer[]> => {
  const { model, ids } = await modelOf(name);
  return ask(model, ids, question);
};

describe.each(FAMILY_NAMES)('%s', (name) => {
  test('an empty history gets the most popular items', async () => {
    const [empty] = await answer(name, { histories: [[]] });
    expect(empty?.items.slice(0, 2)).toEqual(['a', 'b']);
    expect(empty?.items).toHaveLength(CATALOG.length);
  });

  test('unknown items and actions change nothing', async () => {
    const history = [{ item: '1', ageSeconds: 60 }];
    const [plain] = await answer(name, { histories: [history] });
    const [withUnknown] = await answer(name, {
      histories: [[{ item: 'never-heard-of', ageSeconds: DAY_SECONDS }, ...history]],
    });
    expect(withUnknown?.items).toEqual(plain?.items);
  });

  test('a shopper gets the same in any batch and with any padding', async () => {
    const histories = [[{ item: 'a' }], [{ item: '1', ageSeconds: 5 }, { item: '2' }], []];
    const together = await answer(name, { histories, length: 9 });
    for (const [i, history] of histories.entries()) {
      const [alone] = await answer(name, { histories: [history] });
      expect(together[i]?.items).toEqual(alone?.items);
      alone?.scores.forEach((score, k) => expect(together[i]?.scores[k]).toBeCloseTo(score, 4));
    }
  });

  test('excluded and blocked items are not returned, and others move up', async () => {
    const histories = [[{ item: 'a' }], [{ item: '1' }]];
    const before = await answer(name, { histories });
    const after = await answer(name, {
      histories,
      exclude: [
        ['a', ''],
        ['1', '2'],
      ],
      blocked: ['c', 'unheard-of'],
    });
    const without = (list: Answer | undefined, gone: string) => list?.items.filter((item) => !gone.includes(item));
    expect(after[0]?.items).toEqual(without(before[0], 'ac'));
    expect(after[1]?.items).toEqual(without(before[1], '12c'));
  });
});

test.each(['behaviour', 'content', 'collaborative', 'together'] as const)(
  '%s: letters for who likes letters, digits for who likes digits',
  async (name) => {
    const [letters, digits] = await answer(name, { histories: [[{ item: 'c' }], [{ item: '3' }]] });
    expect(letters?.items.slice(0, 3).filter((item) => item >= 'a')).toHaveLength(3);
    expect(digits?.items.slice(0, 3).filter((item) => item < 'a')).toHaveLength(3);
  },
);

test.each(['behaviour', 'content', 'collaborative', 'together'] as const)(
  '%s: what the page shows counts as viewed now',
  async (name) => {
    const [viewed] = await answer(name, { histories: [[{ item: '3' }]] });
    const [shown] = await answer(name, { histories: [[]], context: [['3', '']] });
    expect(shown?.items.slice(0, 4)).toEqual(viewed?.items.slice(0, 4));
  },
);

test('content: an item that nobody has seen is offered to who likes its kind', async () => {
  const [letters] = await answer('content', { histories: [[{ item: 'a' }, { item: 'b' }]] });
  expect(letters?.items.slice(0, 7)).toEqual(expect.arrayContaining(['e', 'f', 'g']));
});

test('together: an item that was touched several times counts once, and one that was taken out of the cart does not', async () => {
  const [once, often, taken] = await answer('together', {
    histories: [[{ item: '3' }], [{ item: '3' }, { item: '3' }], [{ item: '3', action: 'remove' }]],
  });
  expect(often).toEqual(once);
  expect(taken?.items.slice(0, 2)).toEqual(['a', 'b']);
});

test('behaviour: the scores are those of the rule worked out by hand', async () => {
  const log = interactionLog(['a', 'b', 'c'].map((item, time) => ({ subject: 's', item, action: 'view', time })));
  const catalog = rankedCatalog(TENANT, log, []);
  const row = (id: string): number => catalog.ids.indexOf(id);
  const neighbours = { width: 2, rows: new Int32Array(2 * RESULTS), weights: new Float32Array(2 * RESULTS) };
  const near = (from: string, to: string, weight: number, place = 0): void => {
    neighbours.rows[row(from) * 2 + place] = row(to);
    neighbours.weights[row(from) * 2 + place] = weight;
  };
  near('a', 'b', 0.5);
  near('a', 'c', 0.25, 1);
  near('b', 'c', 0.75);
  const chances = new Float64Array(7 * 7 * 2 * 3);
  // Newest action: cart. Item a: viewed last, not newest, touched twice. Item b: carted last, newest, touched once.
  chances[((4 * 7 + 1) * 2 + 0) * 3 + 1] = 0.3;
  chances[((4 * 7 + 4) * 2 + 1) * 3 + 0] = 0.1;
  const ranker = behaviourRanker(catalog, {
    neighbours,
    repeats: { chances, rankExponent: 1, halfLifeMs: 100_000 },
    weights: {
      actions: { 1: 1, 2: 1, 3: 1, 4: 2, 5: 1, 6: 0 },
      rankExponent: 1,
      halfLifeMs: 50_000,
      repeatScale: 10,
      popularity: 0,
    },
  });
  const [got] = await ask(retrievalGraph('behaviour', catalog, ranker), catalog.ids, {
    histories: [
      [
        { item: 'a', ageSeconds: 90 },
        { item: 'a', ageSeconds: 50 },
        { item: 'b', action: 'cart', ageSeconds: 0 },
      ],
    ],
  });
  const scores = Object.fromEntries(got?.items.map((item, i) => [item, got.scores[i]]) ?? []);
  // a, one newer item, half its weight for each 50 s: 1 x 1/2 x 1/2; its own chance halves each 100 s: 10 x 0.3 / 1 x 2^-0.5.
  expect(scores['a']).toBeCloseTo(10 * 0.3 * Math.SQRT1_2, 4);
  expect(scores['b']).toBeCloseTo(0.25 * 0.5 + 10 * 0.1, 4);
  expect(scores['c']).toBeCloseTo(0.25 * 0.25 + 2 * 0.75, 4);
});
