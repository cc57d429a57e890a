import { EXPLANATION_OUTPUTS, EXPLANATION_SOURCES, type CatalogItem, type ItemId } from '@offerstream/contracts';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { explanationGraph } from '../explanation-graph.js';
import type { ItemVectors } from '../fusion/item-vectors.js';
import { interactionLog, type Interaction } from '../interaction-log.js';
import { rankedCatalog } from '../popularity.js';
import { randomNumbers } from '../random.js';
import { retrievalGraph } from '../retrieval-graph.js';
import { content } from './content.js';
import { feedsFor, hashOf, itemRows, TENANT } from './questions.fixture.js';

const LOOKS = 4;
const ITEMS = 60;
const IDS = Array.from({ length: ITEMS }, (_, i) => `i${i}`);
/** Nobody has touched these, one of each look. */
const NEW = ['new0', 'new1', 'new2', 'new3'];
const lookOf = (id: string): number => Number(id.replace(/\D/g, '')) % LOOKS;

const random = randomNumbers(8);
/** A picture of a look is near to others of it. */
const vectors: ItemVectors = {
  byItem: new Map(
    [...IDS, ...NEW].map((id) => [
      id,
      { image: Float32Array.from({ length: 16 }, (_, i) => (i === lookOf(id) ? 1 : 0) + 0.2 * (random() - 0.5)) },
    ]),
  ),
  encoders: {},
};
/** The price says nothing of who likes an item. */
const items = new Map(
  [...IDS, ...NEW].map((id, i): [string, CatalogItem] => [
    id,
    { id: id as ItemId, categories: [], price: 5 + 7 * (i % 5), available: true },
  ]),
);
const interactions = Array.from({ length: 4_000 }, (_, i): Interaction => {
  const shopper = Math.floor(random() * 80);
  const look = random() < 0.9 ? shopper % LOOKS : Math.floor(random() * LOOKS);
  return {
    subject: `s${shopper}`,
    item: `i${look + LOOKS * Math.floor(random() * (ITEMS / LOOKS))}`,
    action: 'view',
    time: i * 60_000,
  };
});

const fit = async () => {
  const log = interactionLog(interactions);
  const catalog = rankedCatalog(TENANT, log, [...items.keys()]);
  const fitted = await content.fit({ tenant: TENANT, log, catalog, items, vectors, seed: 1 });
  return { catalog, ranker: fitted.ranker(content.defaults), learned: fitted.learned };
};
const fitted = fit();
const history = [{ item: 'i2', ageSeconds: 60 }, { item: 'i6' }, { item: 'i10' }];

test('an item that nobody has touched is offered to whose taste it suits by its picture', async () => {
  const { catalog, ranker } = await fitted;
  const session = await openSession(retrievalGraph('content', catalog, ranker).toBuffer());
  const results = await session.run(feedsFor({ histories: [history], blocked: IDS }));
  await session.close();
  const [first] = dataOf(results, 'items', 'int64');
  expect(NEW.find((id) => hashOf(id) === first)).toBe('new2');
});

test('the explanation says so: most comes from the picture, and of a touched item something from behaviour', async () => {
  const { catalog, ranker } = await fitted;
  const session = await openSession(explanationGraph('content', catalog, ranker).toBuffer());
  const results = await session.run({ ...feedsFor({ histories: [history] }), items: itemRows([['new2', 'i14']]) });
  await session.close();
  const sources = [...dataOf(results, EXPLANATION_OUTPUTS.sources, 'float32')];
  const at = (item: number, source: (typeof EXPLANATION_SOURCES)[number]): number =>
    sources[item * EXPLANATION_SOURCES.length + EXPLANATION_SOURCES.indexOf(source)] ?? NaN;
  expect(at(0, 'image')).toBeGreaterThan(0);
  for (const other of ['text', 'category', 'price'] as const) expect(at(0, other)).toBeLessThan(at(0, 'image') / 2);
  // Nobody has done anything with it.
  expect(at(0, 'behaviour')).toBeCloseTo(0, 5);
  expect(at(1, 'behaviour')).toBeGreaterThan(0);
});

test('what was learned says how much each description counts, a telling one more', async () => {
  const { learned } = await fitted;
  const { descriptions } = learned as {
    descriptions: readonly { kind: string; source: string; likeness: number; expected: number }[];
  };
  expect(descriptions.map(({ kind, source }) => [kind, source])).toEqual([
    ['image', 'image'],
    ['price', 'price'],
  ]);
  const [image = NaN, price = NaN] = descriptions.map(({ likeness, expected }) => likeness + expected);
  expect(image).toBeGreaterThan(price);
});

test('equal data and seeds give equal models', async () => {
  const [first, second] = [await fitted, await fit()];
  const bytes = ({ catalog, ranker }: Awaited<ReturnType<typeof fit>>) =>
    retrievalGraph('content', catalog, ranker).toBuffer();
  expect(bytes(first).equals(bytes(second))).toBe(true);
});
