import { ACTION, itemHash, type ItemId, type PromotedModel } from '@offerstream/contracts';
import { kafkaBrokers, tempFolder } from '@offerstream/testing';
import { newKey, startGateway, until, type RunningGateway } from '../running-gateway.fixture.js';
import { ANNA, DEMO } from '../shop.fixture.js';
import { ITEMS_OF_SHOP, KIND_OF, startInference, trainShop } from '../trained-shop.fixture.js';
import type { ItemList } from './list-schemas.js';

const key = newKey();
const NOW_SECONDS = Math.floor(Date.now() / 1_000);

let folder: string;
let models: readonly PromotedModel[];
let inference: Awaited<ReturnType<typeof startInference>>;
let gateway: RunningGateway;

const ask = (path: string) => gateway.call('GET', path, { key });
const list = async (path: string): Promise<ItemList> => {
  const { status, body, text } = await ask(path);
  if (status !== 200) throw new Error(text);
  return body as unknown as ItemList;
};
const idsOf = ({ items }: ItemList): string[] => items.map(({ item }) => item);
const chosenBy = ({ items }: ItemList): string[] => [...new Set(items.map((each) => each.chosenBy))];
const modelOf = (family: string): PromotedModel => models.find((each) => each.family === family) as PromotedModel;

beforeAll(async () => {
  folder = await tempFolder();
  models = await trainShop(folder, ['behaviour', 'content', 'together']);
  inference = await startInference(folder);
  gateway = await startGateway(await kafkaBrokers(), { INFERENCE_ADDRESS: inference.address });
  for (const item of ITEMS_OF_SHOP) void gateway.putItem(DEMO, item.id, item);
  await gateway.promote(DEMO, modelOf('behaviour'));
  await gateway.setTenant(DEMO, [key]);
  await until(async () => (await ask('/v1/items/i159/similar')).status === 200);
  await until(async () => (await list('/v1/trending?limit=50')).items.length === 50);
});
afterAll(async () => {
  await gateway.stop();
  await inference.stop();
});

describe.each([
  ['similar', 'content'],
  ['bought-together', 'together'],
])('GET /v1/items/{item}/%s', (name, family) => {
  const path = `/v1/items/i5/${name}?limit=8`;

  it(`is by the model of the family behaviour, and by that of ${family} once there is one`, async () => {
    const byBehaviour = await list(path);
    expect(byBehaviour.model?.name).toBe('demo.behaviour');
    await gateway.promote(DEMO, modelOf(family));
    await until(async () => (await list(path)).model?.name === `demo.${family}`);
    const answer = await list(path);
    expect(answer.items).toHaveLength(8);
    expect(chosenBy(answer)).toEqual(['model']);
    expect(answer.items.filter(({ item }) => KIND_OF(item) === KIND_OF('i5')).length).toBeGreaterThan(4);
  });

  it('has neither the item itself nor what is unavailable', async () => {
    const [first = ''] = idsOf(await list(path));
    for (const { id } of ITEMS_OF_SHOP.slice(0, 40))
      expect(idsOf(await list(`/v1/items/${id}/${name}?limit=50`))).not.toContain(id);
    await gateway.putItem(DEMO, first, { available: false });
    await until(async () => !idsOf(await list(path)).includes(first));
    await gateway.putItem(
      DEMO,
      first,
      ITEMS_OF_SHOP.find(({ id }) => id === first),
    );
    await until(async () => idsOf(await list(path)).includes(first));
  });

  it('knows no item that the catalog has not', async () => {
    const answer = await ask(`/v1/items/nowhere/${name}`);
    expect([answer.status, answer.body['code']]).toEqual([404, 'item-unknown']);
  });
});

describe('GET /v1/trending', () => {
  const trend = (source: string, weights: Readonly<Record<string, number>>) =>
    gateway.put('trends', `demo:${source}`, {
      tenant: DEMO,
      source,
      at: new Date().toISOString(),
      halfLifeSeconds: 3_600,
      items: Object.entries(weights).map(([item, weight]) => ({ item, weight })),
    });

  it('is popular items, marked so, as long as nobody has seen a trend', async () => {
    const answer = await list('/v1/trending?limit=4');
    expect([answer.model, chosenBy(answer)]).toEqual([null, ['popular']]);
    expect(idsOf(answer)).toEqual(modelOf('behaviour').popular.slice(0, 4));
  });

  it('is what all sources saw, the most wanted first, filled up with popular items', async () => {
    await trend('a', { i7: 3, i8: 2 });
    await trend('b', { i8: 2, nowhere: 9 });
    await until(async () => idsOf(await list('/v1/trending?limit=2')).join() === 'i8,i7');
    const answer = await list('/v1/trending?limit=4');
    expect(answer.items.map((each) => each.chosenBy)).toEqual(['trends', 'trends', 'popular', 'popular']);
  });

  it('is of a category, by its path', async () => {
    const answer = await list(`/v1/trending?category=Things&category=${encodeURIComponent('kind 7')}&limit=50`);
    expect(answer.items[0]).toMatchObject({ item: 'i7', chosenBy: 'trends' });
    expect([...new Set(idsOf(answer).map(KIND_OF))]).toEqual(['kind 7']);
    expect((await list('/v1/trending?category=Things&limit=3')).items[0]?.item).toBe('i8');
    expect((await list('/v1/trending?category=Nothing')).items).toEqual([]);
  });
});

describe('GET /v1/subjects/{subject}/…', () => {
  it('is what a shopper looked at and bought, the last first', async () => {
    const deeds = [
      ['i1', ACTION.view],
      ['i2', ACTION.purchase],
      ['i3', ACTION.click],
      ['i1', ACTION.purchase],
    ] as const;
    const history = deeds.map(([item, action], index) => ({
      itemHash: itemHash(DEMO, item as ItemId),
      action,
      timeSeconds: NOW_SECONDS - 100 + index,
    }));
    await gateway.saveShopper(DEMO, ANNA, { history });
    const at = (index: number): string => new Date((NOW_SECONDS - 100 + index) * 1_000).toISOString();
    expect((await ask('/v1/subjects/anna/recently-viewed')).body).toEqual({
      items: [
        { item: 'i3', at: at(2) },
        { item: 'i1', at: at(0) },
      ],
    });
    expect((await ask('/v1/subjects/anna/buy-again?limit=1')).body).toEqual({ items: [{ item: 'i1', at: at(3) }] });
    expect((await ask('/v1/subjects/nobody/buy-again')).body).toEqual({ items: [] });
  });

  it.each([['limit=0'], ['limit=51'], ['limit=x'], ['page=2']])('refuses ?%s', async (query) => {
    expect((await ask(`/v1/subjects/anna/buy-again?${query}`)).status).toBe(400);
  });
});
