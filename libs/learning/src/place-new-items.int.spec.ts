import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EXPLANATION_OUTPUTS,
  EXPLANATION_SOURCES,
  vectorText,
  type CatalogItem,
  type ItemId,
  type ItemVectors as VectorRecord,
  type TenantId,
} from '@offerstream/contracts';
import { EditableModel } from '@offerstream/onnx';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { feedsFor, hashOf, itemRows, TENANT } from './families/questions.fixture.js';
import { storedContent, type StoredContent } from './families/stored-content.js';
import { FUSED_DIMENSIONS } from './fusion/fused-items.js';
import { comparableVectors } from './fusion/item-vectors.js';
import { NEWCOMERS_FILE, newcomersFileSchema } from './fusion/newcomers-file.js';
import type { Interaction } from './interaction-log.js';
import { storeModel, type StoredModel } from './model-repository.js';
import { placeNewItems, type ExtendedModel } from './place-new-items.js';
import { randomNumbers } from './random.js';
import { trainModel } from './train-model.js';
import type { TrainedModel } from './trained-model.js';

const LOOKS = 4;
const TOUCHED = 40;
const IDS = Array.from({ length: TOUCHED }, (_, i) => `i${i}`);
/** In the catalog when the model is trained, and nobody has touched them; one of each look. */
const UNTOUCHED = ['u0', 'u1', 'u2', 'u3'];
/** Come after it, each like the untouched one with its number in all that is known of it. */
const TWINS = ['t0', 't1', 't2', 't3'];
const COLOURS = ['red', 'blue', 'green', 'grey'];

const numberOf = (id: string): number => Number(id.slice(1));
const random = randomNumbers(3);
const pictures = new Map(
  [...IDS, ...UNTOUCHED].map((id) => [
    id,
    Float32Array.from({ length: 12 }, (_, i) => (i === numberOf(id) % LOOKS ? 1 : 0) + 0.2 * (random() - 0.5)),
  ]),
);
const MADE_BY = { model: 'looks', version: '3' };

/** Only a picture says of what look an item is. Every second item has a title, the rest prices; new ones have both. */
const itemOf = (id: string, as = id): CatalogItem => ({
  id: id as ItemId,
  categories: numberOf(as) % 3 === 0 ? [] : ['things'],
  available: true,
  ...((!IDS.includes(as) || numberOf(as) % 2 === 0) && { title: `a ${COLOURS[(numberOf(as) >> 1) % 4]} thing` }),
  ...((!IDS.includes(as) || numberOf(as) % 2 === 1) && { price: 5 + 7 * (numberOf(as) % 5) }),
});
const recordOf = (id: string, as = id, by = MADE_BY): VectorRecord => ({
  id: id as ItemId,
  image: { ...by, vector: vectorText(pictures.get(as) as Float32Array) },
});
const recordsOf = (records: readonly VectorRecord[]): ReadonlyMap<string, VectorRecord> =>
  new Map(records.map((record) => [record.id, record]));
const twinOf = (id: string): string => `u${numberOf(id)}`;

const interactions = Array.from({ length: 2_000 }, (_, i): Interaction => {
  const shopper = Math.floor(random() * 60);
  const look = random() < 0.9 ? shopper % LOOKS : Math.floor(random() * LOOKS);
  const item = `i${look + LOOKS * Math.floor((random() * TOUCHED) / LOOKS)}`;
  return { subject: `s${shopper}`, item, action: i % 9 === 0 ? 'purchase' : 'view', time: i * 60_000 };
});

let repository = '';
let trained: TrainedModel;
let stored: StoredModel;
let extended: ExtendedModel;

const place = (version: string, items: readonly CatalogItem[], records: readonly VectorRecord[] = []) =>
  placeNewItems({ repository, name: stored.name, version, items, vectors: recordsOf(records) });

const placeSome = async (...of: Parameters<typeof place>): Promise<ExtendedModel> => {
  const placed = await place(...of);
  if (placed === undefined) throw new Error('nothing was placed');
  return placed;
};

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'placed-'));
  const known = [...IDS, ...UNTOUCHED];
  trained = await trainModel({
    tenant: TENANT,
    family: 'content',
    interactions,
    catalog: known.map((id) => itemOf(id)),
    vectors: comparableVectors(recordsOf(known.map((id) => recordOf(id)))),
    seed: 1,
  });
  stored = await storeModel(repository, trained);
  extended = await placeSome(
    stored.version,
    TWINS.map((id) => itemOf(id, twinOf(id))),
    TWINS.map((id) => recordOf(id, twinOf(id))),
  );
});
afterAll(() => rm(repository, { recursive: true }));

const contentOf = ({ model, explanation, beside }: TrainedModel): StoredContent => {
  const { sources } = newcomersFileSchema.parse(JSON.parse(String(beside?.[NEWCOMERS_FILE])));
  return storedContent(EditableModel.read(model.toBuffer()), EditableModel.read(explanation.toBuffer()), sources);
};
const rowOf = ({ hashes, vectors, parts, worth }: StoredContent, id: string) => {
  const row = hashes.indexOf(hashOf(id));
  const [from, to] = [row * FUSED_DIMENSIONS, (row + 1) * FUSED_DIMENSIONS];
  return {
    vector: vectors.slice(from, to),
    parts: Array.from(parts, ([source, part]) => [source, part.slice(from, to)] as const),
    worth: worth[row] as number,
  };
};
type Row = ReturnType<typeof rowOf>;
const farthest = (a: Float32Array, b: Float32Array): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] as number))));
const difference = (a: Row, b: Row): number =>
  Math.max(
    farthest(a.vector, b.vector),
    ...a.parts.map(([, part], i) => farthest(part, b.parts[i]?.[1] as Float32Array)),
    Math.abs(a.worth - b.worth),
  );

test('an item gets the row that training gives to an untouched one of which the same is known', () => {
  const rows = contentOf(extended);
  expect(extended.placed).toEqual(TWINS);
  for (const id of TWINS) {
    expect(difference(rowOf(rows, id), rowOf(rows, twinOf(id)))).toBeLessThan(1e-5);
    expect(Math.hypot(...rowOf(rows, id).vector)).toBeGreaterThan(0.1);
  }
  // Looks, titles and prices of different items tell them apart.
  expect(difference(rowOf(rows, 't0'), rowOf(rows, 't1'))).toBeGreaterThan(0.1);
});

test('all other rows are bit for bit those of before, and the model goes on with what it knew', () => {
  const [before, after] = [contentOf(trained), contentOf(extended)];
  const items = before.hashes.length;
  const bytes = (values: BigInt64Array | Float32Array): Buffer =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const isStart = (start: BigInt64Array | Float32Array, of: BigInt64Array | Float32Array): boolean =>
    bytes(of).subarray(0, start.byteLength).equals(bytes(start));
  expect(after.hashes).toHaveLength(items + TWINS.length);
  expect(isStart(before.hashes, after.hashes)).toBe(true);
  expect(isStart(before.vectors, after.vectors)).toBe(true);
  expect(isStart(before.worth, after.worth)).toBe(true);
  for (const [source, part] of before.parts) expect(isStart(part, after.parts.get(source) as Float32Array)).toBe(true);
  expect(extended.popular).toEqual(trained.popular);
  expect(extended.metrics).toEqual({
    ...trained.metrics,
    extends: stored.version,
    trained: stored.version,
    newItems: 4,
  });
  for (const [file, content] of Object.entries(trained.beside ?? {})) {
    expect(Buffer.from(extended.beside?.[file] ?? '').equals(Buffer.from(content))).toBe(true);
  }
  expect(extended.card).toContain(`Version ${stored.version} with 4 items`);
});

test('it is offered to whom its picture suits, and the explanation says so in parts that sum to the score', async () => {
  const history = [{ item: 'i2', ageSeconds: 60 }, { item: 'i6' }, { item: 'i10' }];
  const feeds = feedsFor({ histories: [history], blocked: [...IDS, ...UNTOUCHED] });
  const session = await openSession(extended.model.toBuffer());
  const ranked = await session.run(feeds);
  await session.close();
  const [first] = dataOf(ranked, 'items', 'int64');
  expect(TWINS.find((id) => hashOf(id) === first)).toBe('t2');

  const explaining = await openSession(extended.explanation.toBuffer());
  const explained = await explaining.run({ ...feedsFor({ histories: [history] }), items: itemRows([['t2']]) });
  await explaining.close();
  const sources = [...dataOf(explained, EXPLANATION_OUTPUTS.sources, 'float32')];
  expect(EXPLANATION_SOURCES[sources.indexOf(Math.max(...sources))]).toBe('image');
  const [bias] = dataOf(explained, EXPLANATION_OUTPUTS.bias, 'float32');
  const sum = sources.reduce((a, b) => a + b, bias ?? NaN);
  expect(sum).toBeCloseTo(dataOf(ranked, 'scores', 'float32')[0] as number, 4);
});

test('a vector of another encoder, or of another version of it, says nothing', async () => {
  const item = itemOf('n0', 'u0');
  const without = rowOf(contentOf(await placeSome(stored.version, [item])), 'n0');
  for (const by of [
    { ...MADE_BY, version: '4' },
    { ...MADE_BY, model: 'other' },
  ]) {
    const placed = await placeSome(stored.version, [item], [recordOf('n0', 'u0', by)]);
    expect(difference(rowOf(contentOf(placed), 'n0'), without)).toBe(0);
  }
  const withIts = await placeSome(stored.version, [item], [recordOf('n0', 'u0')]);
  expect(difference(rowOf(contentOf(withIts), 'n0'), without)).toBeGreaterThan(0.1);
});

test('what was placed is placed again when its picture comes, and nothing else is', async () => {
  const [first, second] = [itemOf('n0', 'u0'), itemOf('n1', 'u1')];
  const blind = await placeSome(stored.version, [first, second], [recordOf('n1', 'u1')]);
  const { version } = await storeModel(repository, blind);
  expect(await place(version, [first, second, itemOf('i0')], [recordOf('n1', 'u1')])).toBeUndefined();

  const seeing = await placeSome(
    version,
    [first, second, { ...itemOf('i0'), title: 'another' }],
    [recordOf('n0', 'u0'), recordOf('n1', 'u1')],
  );
  expect(seeing.placed).toEqual(['n0']);
  expect(seeing.metrics).toMatchObject({ extends: version, trained: stored.version, newItems: 2 });
  const [before, after] = [contentOf(blind), contentOf(seeing)];
  expect(after.hashes).toEqual(before.hashes);
  expect(difference(rowOf(after, 'n0'), rowOf(after, 'u0'))).toBeLessThan(1e-5);
  for (const id of ['n1', ...IDS, ...UNTOUCHED]) expect(difference(rowOf(before, id), rowOf(after, id))).toBe(0);
});

test('an item is placed whose words no item has had', async () => {
  const strange = { ...itemOf('n0', 'u0'), title: 'constructor __proto__ 椅子' };
  const { vector } = rowOf(contentOf(await placeSome(stored.version, [strange])), 'n0');
  expect(vector.every(Number.isFinite)).toBe(true);
});

test('who knows more of an item than of any before does not leave the scale: no row is longer than the longest of training', async () => {
  const lengths = (content: StoredContent): readonly number[] =>
    Array.from(content.hashes, (_, row) =>
      Math.hypot(...content.vectors.subarray(row * FUSED_DIMENSIONS, (row + 1) * FUSED_DIMENSIONS)),
    );
  const bare = await trainModel({
    tenant: 'bare' as TenantId,
    family: 'content',
    interactions: interactions.slice(0, 600),
    catalog: IDS.map((id) => ({ ...itemOf(id), categories: [] })),
    seed: 1,
  });
  const { name, version } = await storeModel(repository, bare);
  const items = [itemOf('n0', 'u0')];
  const placed = await placeNewItems({ repository, name, version, items, vectors: new Map() });
  const longest = Math.max(...lengths(contentOf(bare)));
  // Title and price are those of the half of the items that have the one, and of the half that have the other.
  expect(lengths(contentOf(placed as ExtendedModel)).at(-1)).toBeCloseTo(longest, 5);
});

test('a version that has nothing to place items with is refused, and one that is not there', async () => {
  const popular = await storeModel(
    repository,
    await trainModel({ tenant: TENANT, family: 'popular', interactions: interactions.slice(0, 100), seed: 1 }),
  );
  const items = [itemOf('n0', 'u0')];
  const refused = (name: string, version: string) =>
    expect(placeNewItems({ repository, name, version, items, vectors: new Map() })).rejects;
  await refused(popular.name, popular.version).toMatchObject({ code: 'not-extendable' });
  await refused(stored.name, '99').toMatchObject({ code: 'unknown-version' });

  const { version, path } = await storeModel(repository, trained);
  const file = join(path, 'newcomers.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"format":1', '"format":2'));
  await refused(stored.name, version).toMatchObject({ code: 'not-extendable' });
});
