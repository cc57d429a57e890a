import { codesOfOfferId, originCode, subjectCode, type PromotedModel, type SubjectId } from '@offerstream/contracts';
import { kafkaBrokers, tempFolder } from '@offerstream/testing';
import { newKey, startGateway, until, type Answer, type RunningGateway } from '../running-gateway.fixture.js';
import { ANNA, DEMO, HOME } from '../shop.fixture.js';
import { ITEMS_OF_SHOP, KIND_OF, startInference, trainShop, views } from '../trained-shop.fixture.js';
import { recommendationsResponse, type RecommendationsResponse } from './recommendation-schemas.js';

const key = newKey();
const NOW_SECONDS = Math.floor(Date.now() / 1_000);
const LIKED = ['i3', 'i11', 'i19'];

let folder: string;
let models: readonly PromotedModel[];
let inference: Awaited<ReturnType<typeof startInference>>;
let gateway: RunningGateway;

beforeAll(async () => {
  folder = await tempFolder();
  models = await trainShop(folder, ['behaviour', 'content']);
  inference = await startInference(folder);
  gateway = await startGateway(await kafkaBrokers(), { INFERENCE_ADDRESS: inference.address });
  for (const item of ITEMS_OF_SHOP) void gateway.putItem(DEMO, item.id, item);
  for (const model of models) await gateway.promote(DEMO, model);
  await gateway.setTenant(DEMO, [key]);
  await gateway.saveShopper(DEMO, ANNA, { history: views(LIKED, NOW_SECONDS - 600) });
  await until(async () => (await recommend({ subject: 'anna' })).status === 200);
  await until(async () => shown(await answer({ subject: 'nobody', limit: 50 })).length === 50);
});
afterAll(async () => {
  await gateway.stop();
  await inference.stop();
});

const recommend = (body: object): Promise<Answer> => gateway.call('POST', '/v1/recommendations', { key, body });
const answer = async (body: object): Promise<RecommendationsResponse> => {
  const { status, body: answered, text } = await recommend(body);
  if (status !== 200) throw new Error(text);
  return answered as unknown as RecommendationsResponse;
};
const shown = ({ items }: RecommendationsResponse): string[] => items.map(({ item }) => item);

describe('POST /v1/recommendations', () => {
  it('ranks for a shopper by what is stored, and says who ranked', async () => {
    const recommended = await answer({ subject: 'anna', placement: 'home' });
    expect(recommendationsResponse.parse(recommended)).toEqual(recommended);
    expect(recommended.items).toHaveLength(HOME.slots);
    expect(new Set(recommended.items.map(({ strategy }) => strategy))).toEqual(new Set(['personal']));
    expect(recommended.items.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    expect(recommended).toMatchObject({
      subject: 'anna',
      placement: 'home',
      model: { name: 'demo.behaviour', version: '1' },
    });
    expect(codesOfOfferId(String(recommended.id))).toEqual({
      subject: subjectCode(DEMO, ANNA),
      origin: originCode(DEMO, {
        placement: HOME.id,
        model: { name: 'demo.behaviour', version: '1' },
        strategy: 'personal',
      }),
    });
  });

  it('ranks by a history in the request as by the same one that is stored, and keeps nothing of it', async () => {
    const history = views(LIKED, NOW_SECONDS - 600).map(({ timeSeconds }, index) => ({
      item: LIKED[index],
      at: new Date(timeSeconds * 1_000).toISOString(),
    }));
    const byHistory = await answer({ history, limit: 20 });
    expect(byHistory.items).toEqual((await answer({ subject: 'anna', limit: 20 })).items);
    expect([byHistory.id, byHistory.subject]).toEqual([null, null]);
    const named = await answer({ subject: 'new', history, limit: 20 });
    expect([named.items, named.subject]).toEqual([byHistory.items, 'new']);
    expect((await answer({ subject: 'new' })).items[0]?.strategy).toBe('popular');
  });

  it('ranks by the page alone, for a shopper of whom nothing is known', async () => {
    const recommended = await answer({ history: [], context: ['i5'], limit: 5 });
    expect(recommended.items[0]?.strategy).toBe('personal');
    expect(recommended.items.filter(({ item }) => KIND_OF(item) === KIND_OF('i5')).length).toBeGreaterThan(2);
    expect(shown(await answer({ history: [], context: ['i5'], limit: 50 }))).not.toContain('i5');
  });

  it('gives a shopper of whom nothing is known popular items, marked so', async () => {
    const recommended = await answer({ subject: 'nobody', limit: 4 });
    expect(recommended.items).toEqual(
      models[0]?.popular.slice(0, 4).map((item, index) => ({ item, rank: index + 1, score: 0, strategy: 'popular' })),
    );
  });

  it('ranks with the model that is named', async () => {
    const recommended = await answer({ subject: 'anna', model: 'demo.content', limit: 10 });
    expect(recommended.model?.name).toBe('demo.content');
    expect(shown(recommended)).not.toEqual(shown(await answer({ subject: 'anna', limit: 10 })));
  });

  it('leaves out what is excluded, also of popular items', async () => {
    const [first, second] = shown(await answer({ subject: 'anna', limit: 2 }));
    expect(shown(await answer({ subject: 'anna', limit: 50, exclude: [first] }))).not.toContain(first);
    expect(shown(await answer({ subject: 'anna', limit: 1, exclude: [first] }))).toEqual([second]);
    const [popular] = models[0]?.popular ?? [];
    expect(shown(await answer({ subject: 'nobody', limit: 50, exclude: [popular] }))).not.toContain(popular);
  });

  it('finds the best of what a filter allows, however far down that is', async () => {
    const filters = { categories: [['Things', 'kind 6']], price: { min: 20, max: 140 } };
    const recommended = await answer({ subject: 'anna', limit: 50, filters });
    const allowed = ITEMS_OF_SHOP.filter(
      ({ id, price = 0 }) => KIND_OF(id) === 'kind 6' && price >= 20 && price <= 140,
    ).map(({ id }) => id as string);
    expect(shown(recommended).toSorted()).toEqual(allowed.toSorted());
    expect(new Set(recommended.items.map(({ strategy }) => strategy))).toEqual(new Set(['personal']));
    expect(shown(await answer({ subject: 'nobody', limit: 3, filters })).every((item) => allowed.includes(item))).toBe(
      true,
    );
  });

  it('mixes kinds where diversity is asked for', async () => {
    const kinds = async (diversity: number) =>
      new Set(shown(await answer({ subject: 'anna', limit: 8, diversity })).map(KIND_OF)).size;
    expect(await kinds(1)).toBeGreaterThan(await kinds(0));
  });

  it('never gives what is unavailable, as soon as the catalog says so', async () => {
    const [first] = ITEMS_OF_SHOP.filter(({ id }) => id === 'i27');
    const best = await answer({ subject: 'anna', limit: 50 });
    expect(shown(best)).toContain('i27');
    await gateway.putItem(DEMO, 'i27', { ...first, available: false });
    await until(async () => !shown(await answer({ subject: 'anna', limit: 50 })).includes('i27'));
    await gateway.putItem(DEMO, 'i27', { ...first });
    await until(async () => shown(await answer({ subject: 'anna', limit: 50 })).includes('i27'));
  });

  it('answers many at once, each for its own shopper', async () => {
    const shoppers = Array.from({ length: 40 }, (_, index) => `crowd-${index}` as SubjectId);
    for (const [index, subject] of shoppers.entries())
      await gateway.saveShopper(DEMO, subject, { history: views([`i${index}`, `i${index + 8}`], NOW_SECONDS - 60) });
    const alone: string[][] = [];
    for (const subject of shoppers) alone.push(shown(await answer({ subject, limit: 10 })));
    const together = await Promise.all(shoppers.map((subject) => answer({ subject, limit: 10 })));
    expect(together.map(shown)).toEqual(alone);
    const [, rows] = /_sum (\d+)/.exec(await gateway.metrics.getSingleMetricAsString('gateway_inference_rows')) ?? [];
    const [, calls] =
      /_count (\d+)/.exec(await gateway.metrics.getSingleMetricAsString('gateway_inference_rows')) ?? [];
    expect(Number(rows)).toBeGreaterThan(Number(calls));
  });

  it.each([
    ['nobody to rank for', {}, 400, 'invalid'],
    ['more than 50 items', { subject: 'anna', limit: 51 }, 400, 'invalid'],
    ['a diversity above 1', { subject: 'anna', diversity: 1.1 }, 400, 'invalid'],
    ['a field that nobody knows', { subject: 'anna', tenant_id: 'other' }, 400, 'invalid'],
    ['a subject of more than 200 bytes', { subject: 'ä'.repeat(101) }, 400, 'invalid'],
    ['a placement that the tenant has not', { subject: 'anna', placement: 'nowhere' }, 404, 'placement-unknown'],
    ['a model that the tenant has not', { subject: 'anna', model: 'other.behaviour' }, 404, 'model-unknown'],
  ])('refuses %s', async (_, body, status, code) => {
    const refused = await recommend(body);
    expect([refused.status, refused.body['code']]).toEqual([status, code]);
  });
});

describe('while the model is away', () => {
  it('the last ranking stands in, then popular items, and it heals by itself', async () => {
    const last = await answer({ subject: 'anna', placement: 'home' });
    await gateway.saveShopper(DEMO, ANNA, {
      offers: [
        {
          id: String(last.id),
          revision: 1,
          tenant: DEMO,
          subject: ANNA,
          placement: HOME.id,
          items: last.items.map((item) => ({ ...item })),
          model: last.model,
          cause: { messageId: 'm', eventTime: new Date().toISOString() },
          validUntil: new Date(Date.now() + 60_000).toISOString(),
        },
      ],
    });
    await inference.stop();
    const strategies = async (body: object) => (await answer(body)).items.map(({ strategy }) => strategy);
    expect(await strategies({ subject: 'anna', placement: 'home' })).toEqual(['last', 'last', 'last']);
    expect(shown(await answer({ subject: 'anna', placement: 'home' }))).toEqual(shown(last));
    expect(await strategies({ history: [{ item: 'i3' }], limit: 2 })).toEqual(['popular', 'popular']);
    expect(await gateway.metrics.getSingleMetricAsString('gateway_degraded_answers_total')).toContain(
      '{missing="model"} 3',
    );
    inference = await startInference(folder, inference.port);
    await until(async () => (await strategies({ subject: 'anna' }))[0] === 'personal');
  });
});
