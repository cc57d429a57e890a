import {
  ACTION_NAMES,
  EXPLANATION_INPUTS,
  EXPLANATION_OUTPUTS,
  EXPLANATION_SOURCES,
  type CatalogItem,
  type ItemId,
} from '@offerstream/contracts';
import { dataOf, openSession, type Session, type Tensor, type Tensors } from '@offerstream/onnx-runtime';
import { explanationGraph } from '../explanation-graph.js';
import { interactionLog, type Interaction } from '../interaction-log.js';
import { rankedCatalog } from '../popularity.js';
import { randomNumbers } from '../random.js';
import { retrievalGraph } from '../retrieval-graph.js';
import { collaborativeExplanation, collaborativeGraph, type FactorModel } from './collaborative.js';
import type { Family } from './family.js';
import { FAMILIES, FAMILY_NAMES, type FamilyName } from './index.js';
import { feedsFor, hashOf, itemRows, TENANT, type Question, type Touch } from './questions.fixture.js';

/** So few that the model gives the scores of all. */
const IDS = Array.from({ length: 45 }, (_, i) => `i${i}`);
const KINDS = 3;
/** What the parts may be off the score by. */
const TOLERANCE = 1e-4;

/** Shoppers who mostly touch items of one kind, in sessions that end with an order. */
const shop = (): Interaction[] => {
  const random = randomNumbers(5);
  const interactions: Interaction[] = [];
  let time = Date.UTC(2026, 0, 1);
  for (let session = 0; session < 300; session++) {
    const shopper = Math.floor(random() * 60);
    const cart: string[] = [];
    for (let step = 0; step < 6; step++) {
      const kind = random() < 0.8 ? shopper % KINDS : Math.floor(random() * KINDS);
      const item = `i${kind + KINDS * Math.floor(random() ** 2 * (IDS.length / KINDS))}`;
      const action = ACTION_NAMES[Math.floor(random() * 4)] ?? 'view';
      interactions.push({ subject: `s${shopper}`, item, action, time: (time += 20_000) });
      if (action === 'cart') cart.push(item);
    }
    for (const item of cart) interactions.push({ subject: `s${shopper}`, item, action: 'purchase', time });
  }
  return interactions;
};
const items = new Map(
  IDS.slice(1).map((id, i): [string, CatalogItem] => [
    id,
    {
      id: id as ItemId,
      title: `thing ${i % 7}`,
      categories: [`kind ${(i + 1) % KINDS}`],
      price: 3 * i,
      available: true,
    },
  ]),
);

interface Explained {
  /** [items] of each history, by id. */
  readonly scores: readonly ReadonlyMap<string, number>[];
  /** Of a row and an item: the parts of its history's positions, then those of the context. */
  readonly parts: (row: number, item: string) => readonly number[];
  readonly bias: (row: number, item: string) => number;
  /** What comes from each source; none of families that do not say. */
  readonly sources: (row: number, item: string) => readonly number[];
}

const sessions = new Map<FamilyName, Promise<{ readonly model: Session; readonly explanation: Session }>>();
const sessionsOf = (name: FamilyName) => {
  const open = async () => {
    const log = interactionLog(shop());
    const catalog = rankedCatalog(TENANT, log, IDS);
    const family: Family = FAMILIES[name];
    const fitted = await family.fit({ tenant: TENANT, log, catalog, items, seed: 1 });
    const ranker = fitted.ranker(family.defaults);
    return {
      model: await openSession(retrievalGraph(name, catalog, ranker).toBuffer()),
      explanation: await openSession(explanationGraph(name, catalog, ranker).toBuffer()),
    };
  };
  const known = sessions.get(name) ?? open();
  sessions.set(name, known);
  return known;
};
afterAll(async () => {
  for (const opened of sessions.values()) {
    const { model, explanation } = await opened;
    await model.close();
    await explanation.close();
  }
});

/** Asks the model for all scores, and its explanation for the reasons of these items in every row. */
const explain = async (name: FamilyName, question: Question, asked: readonly string[] = IDS): Promise<Explained> => {
  const { model, explanation } = await sessionsOf(name);
  const feeds = feedsFor(question);
  const rows = question.histories.length;
  const ranked = await model.run(feeds);
  const ids = new Map(IDS.map((id) => [hashOf(id), id]));
  const found = dataOf(ranked, 'items', 'int64');
  const given = dataOf(ranked, 'scores', 'float32');
  const depth = found.length / rows;
  const scores = Array.from(
    { length: rows },
    (_, row) =>
      new Map(
        Array.from({ length: IDS.length }, (_, k) => [
          ids.get(found[row * depth + k] ?? 0n) ?? '',
          given[row * depth + k] ?? NaN,
        ]),
      ),
  );

  const reasons = await explanation.run({
    ...feeds,
    [EXPLANATION_INPUTS.items]: itemRows(Array.from({ length: rows }, () => asked)),
  });
  const width = (feeds['history_items']?.dims[1] ?? 0) + (question.context?.[0]?.length ?? 0);
  expect(reasons[EXPLANATION_OUTPUTS.contributions]?.dims).toEqual([rows, asked.length, width]);
  expect(reasons[EXPLANATION_OUTPUTS.bias]?.dims).toEqual([rows, asked.length]);
  const contributions = dataOf(reasons, EXPLANATION_OUTPUTS.contributions, 'float32');
  const biases = dataOf(reasons, EXPLANATION_OUTPUTS.bias, 'float32');
  const place = (row: number, item: string): number => row * asked.length + asked.indexOf(item);
  return {
    scores,
    parts: (row, item) => [...contributions.subarray(place(row, item) * width, (place(row, item) + 1) * width)],
    bias: (row, item) => biases[place(row, item)] as number,
    sources: (row, item) => {
      if (reasons[EXPLANATION_OUTPUTS.sources] === undefined) return [];
      const all = dataOf(reasons, EXPLANATION_OUTPUTS.sources, 'float32');
      const start = place(row, item) * EXPLANATION_SOURCES.length;
      return [...all.subarray(start, start + EXPLANATION_SOURCES.length)];
    },
  };
};
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const expectParts = ({ scores, parts, bias }: Explained): void => {
  scores.forEach((ofRow, row) => {
    expect([...ofRow.keys()].sort()).toEqual([...IDS].sort());
    for (const [item, score] of ofRow) {
      expect(Math.abs(sum(parts(row, item)) + bias(row, item) - score)).toBeLessThan(TOLERANCE);
    }
  });
};

const random = randomNumbers(11);
const anyOf = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
/** Few items, so that they repeat, and one that no model knows. */
const randomHistory = (length: number): Touch[] =>
  Array.from({ length }, (_, i) => ({
    item: random() < 0.1 ? 'never-heard-of' : anyOf(IDS.slice(0, 12)),
    action: anyOf(ACTION_NAMES),
    ageSeconds: (length - 1 - i) * 900,
  }));
const HISTORIES = [7, 0, 1, 20, 3].map(randomHistory);
const CONTEXT = HISTORIES.map((_, row) => [anyOf(IDS), row === 2 ? 'never-heard-of' : anyOf(IDS), '']);

describe.each(FAMILY_NAMES)('%s', (name) => {
  test('the parts and the bias of every item sum to its score', async () => {
    expectParts(await explain(name, { histories: HISTORIES }));
  });

  test('so they do with what the page shows', async () => {
    expectParts(await explain(name, { histories: HISTORIES, context: CONTEXT }));
    expectParts(await explain(name, { histories: HISTORIES.map(() => []), context: CONTEXT }));
  });

  test('padding and unknown items have no part in a score', async () => {
    const { parts } = await explain(name, { histories: HISTORIES, context: CONTEXT });
    HISTORIES.forEach((history, row) => {
      const touched = [
        ...Array.from({ length: 20 - history.length }, () => ''),
        ...history.map(({ item }) => item),
        ...(CONTEXT[row] ?? []),
      ];
      for (const item of IDS) {
        parts(row, item).forEach((part, i) => {
          if (!IDS.includes(touched[i] ?? '')) expect(part).toBe(0);
        });
      }
    });
  });

  test('of padding and of an unknown item nothing is said', async () => {
    const { parts, bias } = await explain(name, { histories: HISTORIES }, ['i0', '', 'never-heard-of', 'i1']);
    for (const row of HISTORIES.keys()) {
      expect([...parts(row, ''), bias(row, ''), ...parts(row, 'never-heard-of'), bias(row, 'never-heard-of')]).toEqual(
        Array.from({ length: 2 * 21 }, () => 0),
      );
    }
  });

  test('what may not be returned is explained all the same', async () => {
    const histories = [HISTORIES[0] ?? []];
    const open = await explain(name, { histories });
    const closed = await explain(name, { histories, exclude: [['i0', 'i1']], blocked: ['i3'] });
    for (const item of ['i0', 'i1', 'i2', 'i3']) {
      expect([...closed.parts(0, item), closed.bias(0, item)]).toEqual([...open.parts(0, item), open.bias(0, item)]);
    }
  });

  test('without a history an item has no reason but itself', async () => {
    const { scores, parts, bias } = await explain(name, { histories: [[]] });
    for (const item of IDS) {
      expect(parts(0, item)).toEqual([0]);
      expect(bias(0, item)).toBe(scores[0]?.get(item));
    }
  });

  test('a row has the same reasons in any batch and with any padding', async () => {
    const together = await explain(name, { histories: HISTORIES });
    for (const [row, history] of HISTORIES.entries()) {
      const alone = await explain(name, { histories: [history] });
      for (const item of IDS) {
        expect(together.bias(row, item)).toBeCloseTo(alone.bias(0, item), 4);
        const padded = together.parts(row, item).slice(-Math.max(1, history.length));
        padded.forEach((part, i) => expect(part).toBeCloseTo(alone.parts(0, item)[i] ?? NaN, 4));
      }
    }
  });
});

test.each(['behaviour', 'collaborative', 'content', 'together'] as const)(
  '%s: an item of the page has the part that it would have viewed just now',
  async (name) => {
    const view: Touch = { item: 'i3', action: 'view', ageSeconds: 0 };
    const shown = await explain(name, { histories: [[]], context: [['', 'i3']] });
    const viewed = await explain(name, { histories: [[view]] });
    for (const item of IDS) {
      const [history, padding, part] = shown.parts(0, item);
      expect([history, padding]).toEqual([0, 0]);
      expect(part).toBeCloseTo(viewed.parts(0, item)[0] ?? NaN, 5);
    }
    expect(IDS.some((item) => (viewed.parts(0, item)[0] ?? 0) > 0.01)).toBe(true);
  },
);

test('behaviour: the bias is what an item has for its popularity, whatever the history', async () => {
  const empty = await explain('behaviour', { histories: [[]] });
  const { bias } = await explain('behaviour', { histories: HISTORIES });
  for (const row of HISTORIES.keys()) for (const item of IDS) expect(bias(row, item)).toBe(empty.bias(0, item));
  expect(Math.max(...IDS.map((item) => empty.bias(0, item)))).toBeCloseTo(FAMILIES.behaviour.defaults.popularity);
});

test('content: an interaction’s part is its likeness to the item by its weight, and the bias is the item’s own worth', async () => {
  const history: Touch[] = [{ item: 'i4' }, { item: 'i4', action: 'cart' }];
  const { parts, bias } = await explain('content', { histories: [history] });
  const other = await explain('content', { histories: HISTORIES });
  for (const item of IDS) {
    const [view, cart] = parts(0, item);
    // A cart weighs three times a view.
    expect(cart).toBeCloseTo(3 * (view ?? NaN), 5);
    expect(other.bias(0, item)).toBe(bias(0, item));
  }
  expect(parts(0, 'i4')[0]).toBeGreaterThan(Math.max(...['i0', 'i2', 'i3'].map((item) => parts(0, item)[0] ?? NaN)));
});

test('content: what comes from each source sums to the contributions, and the most to an item’s own words is from its words', async () => {
  const { parts, sources, bias, scores } = await explain('content', { histories: HISTORIES, context: CONTEXT });
  for (const row of HISTORIES.keys()) {
    for (const item of IDS) {
      expect(sources(row, item)).toHaveLength(EXPLANATION_SOURCES.length);
      expect(sum(sources(row, item))).toBeCloseTo(sum(parts(row, item)), 5);
      expect(sum(sources(row, item)) + bias(row, item)).toBeCloseTo(scores[row]?.get(item) ?? NaN, 4);
      // There are no pictures.
      expect(sources(row, item)[EXPLANATION_SOURCES.indexOf('image')]).toBe(0);
    }
  }
  // Of this one nothing is known but what shoppers did.
  expect(sources(0, 'i0').filter((value) => value !== 0)).toEqual([sources(0, 'i0').at(-1)]);
});

describe('collaborative, with many items and factors', () => {
  const DIMENSIONS = 64;
  const KNOWN = 2000;
  const KINDS_KNOWN = 40;
  const catalog = { hashes: BigInt64Array.from({ length: KNOWN }, (_, i) => BigInt(i + 1)) };
  /** Items of a kind are alike, as in a shop. */
  const kinds = Array.from({ length: KINDS_KNOWN }, () => Array.from({ length: DIMENSIONS }, () => random() - 0.5));
  const model: FactorModel = {
    factors: Float32Array.from({ length: KNOWN * DIMENSIONS }, (_, i) => {
      const kind = kinds[Math.floor(i / DIMENSIONS) % KINDS_KNOWN];
      return 0.3 * ((kind?.[i % DIMENSIONS] ?? 0) + random() - 0.5);
    }),
    dimensions: DIMENSIONS,
    regularization: 20,
    confidence: { actions: { 1: 40, 2: 40, 3: 50, 4: 60, 5: 80, 6: 0 }, halfLifeSeconds: 7 * 86_400 },
  };
  /** Of each shopper some kinds, and some items often. */
  const histories = Array.from({ length: 12 }, (_, shopper) =>
    Array.from({ length: 50 }, (_, i) => ({
      hash: BigInt(
        1 + ((shopper + Math.floor(random() * 8)) % KINDS_KNOWN) + KINDS_KNOWN * Math.floor(random() ** 2 * 10),
      ),
      action: BigInt(1 + Math.floor(random() * 5)),
      ageSeconds: (49 - i) * 3600,
    })),
  );
  const feedsOf = (rows: typeof histories, padding: number): Tensors => {
    const touches = rows.flatMap((row) => [
      ...Array.from({ length: padding }, () => ({ hash: 0n, action: 0n, ageSeconds: 0 })),
      ...row,
    ]);
    const dims = [rows.length, touches.length / rows.length];
    const int64 = (data: bigint[]): Tensor => ({ dtype: 'int64', dims, data: BigInt64Array.from(data) });
    return {
      history_items: int64(touches.map(({ hash }) => hash)),
      history_actions: int64(touches.map(({ action }) => action)),
      history_ages: { dtype: 'float32', dims, data: Float32Array.from(touches, ({ ageSeconds }) => ageSeconds) },
    };
  };

  let serving: Session;
  let explaining: Session;
  beforeAll(async () => {
    serving = await openSession(collaborativeGraph(catalog, model).toBuffer());
    explaining = await openSession(collaborativeExplanation(catalog, model).toBuffer());
  });
  afterAll(async () => {
    await serving.close();
    await explaining.close();
  });

  const serve = async () => {
    const ranked = await serving.run(feedsOf(histories, 0));
    return { items: dataOf(ranked, 'items', 'int64'), scores: dataOf(ranked, 'scores', 'float32') };
  };
  const explainRows = async (rows: typeof histories, padding: number, items: BigInt64Array) => {
    const asked: Tensor = { dtype: 'int64', dims: [rows.length, items.length / rows.length], data: items };
    const explained = await explaining.run({ ...feedsOf(rows, padding), [EXPLANATION_INPUTS.items]: asked });
    const parts = dataOf(explained, EXPLANATION_OUTPUTS.contributions, 'float32');
    const bias = [...dataOf(explained, EXPLANATION_OUTPUTS.bias, 'float32')];
    const width = parts.length / bias.length;
    return { bias, sums: bias.map((rest, i) => rest + sum([...parts.subarray(i * width, (i + 1) * width)])) };
  };

  test('the parts are all of the score, but for a little that the served steps leave undone', async () => {
    const { items, scores } = await serve();
    const { bias, sums } = await explainRows(histories, 0, items);
    expect(sums).toHaveLength(histories.length * 50);
    sums.forEach((total, i) => expect(Math.abs(total - (scores[i] as number))).toBeLessThan(TOLERANCE));
    expect(Math.max(...scores)).toBeGreaterThan(1);
    const remainder = Math.max(...bias.map(Math.abs));
    expect(remainder).toBeLessThan(0.001);
    // There is one, and it is in the bias.
    expect(remainder).toBeGreaterThan(2 * TOLERANCE);
  });

  test('they sum to the score that was served in another batch with other padding', async () => {
    const { items, scores } = await serve();
    for (const [row, history] of histories.entries()) {
      const { sums } = await explainRows([history], 7, items.slice(row * 50, (row + 1) * 50));
      sums.forEach((total, k) => expect(Math.abs(total - (scores[row * 50 + k] as number))).toBeLessThan(TOLERANCE));
    }
  });
});
