import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explanationModel, usageSchema, type PromotedModel } from '@offerstream/contracts';
import { kafkaBrokers, tempFolder } from '@offerstream/testing';
import { newKey, startGateway, until, type RunningGateway } from '../running-gateway.fixture.js';
import { ANNA, DEMO } from '../shop.fixture.js';
import { ITEMS_OF_SHOP, KIND_OF, startInference, trainShop, views } from '../trained-shop.fixture.js';
import type { RankResponse } from './rank-schemas.js';
import type { ItemExplanation, RecommendationsResponse } from './recommendation-schemas.js';

const key = newKey();
const withoutReasons = newKey({ scopes: ['recommendations:read'] });
const NOW_SECONDS = Math.floor(Date.now() / 1_000);
const LIKED = ['i3', 'i11', 'i19', 'i2'];
const FAMILIES = ['behaviour', 'content', 'collaborative', 'together'] as const;
/** Not in the catalog of the shop, but known to the models. */
const UNAVAILABLE = 'i150';

let folder: string;
let models: readonly PromotedModel[];
let inference: Awaited<ReturnType<typeof startInference>>;
let gateway: RunningGateway;

const post = async <Body>(path: string, body: object): Promise<Body> => {
  const answer = await gateway.call('POST', path, { key, body });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body as Body;
};
/** What the requests of this file have cost so far. */
const cost = { recommendations: 0, explanations: 0 };
const recommend = async (body: object): Promise<RecommendationsResponse> => {
  const answer = await post<RecommendationsResponse>('/v1/recommendations', body);
  cost.recommendations += 1;
  if (answer.items.some(({ explanation }) => explanation != null)) cost.explanations += 1;
  return answer;
};
const rank = async (body: object): Promise<RankResponse> => {
  const answer = await post<RankResponse>('/v1/rank', body);
  cost.recommendations += 1;
  return answer;
};
const shown = ({ items }: { readonly items: readonly { readonly item: string }[] }): string[] =>
  items.map(({ item }) => item);

beforeAll(async () => {
  folder = await tempFolder();
  models = await trainShop(folder, FAMILIES);
  inference = await startInference(folder);
  gateway = await startGateway(await kafkaBrokers(), { INFERENCE_ADDRESS: inference.address });
  for (const item of ITEMS_OF_SHOP)
    void gateway.putItem(DEMO, item.id, { ...item, available: item.id !== UNAVAILABLE });
  for (const model of models) await gateway.promote(DEMO, model);
  await gateway.setTenant(DEMO, [key, withoutReasons]);
  await gateway.saveShopper(DEMO, ANNA, { history: views(LIKED, NOW_SECONDS - 600) });
  await until(async () => (await gateway.call('POST', '/v1/recommendations', { key, body: {} })).status === 400);
  await until(async () => shown(await recommend({ subject: 'nobody', limit: 50 })).length === 50);
}, 240_000);
afterAll(async () => {
  await gateway.stop();
  await inference.stop();
});

const sum = ({ interactions, context, other }: ItemExplanation): number =>
  [...interactions, ...context].reduce((total, { value }) => total + value, other);

describe('explain: true', () => {
  it.each(FAMILIES)('gives the parts of each score, which sum to it within 0.0001: %s', async (family) => {
    const answer = await recommend({
      subject: 'anna',
      model: `demo.${family}`,
      context: ['i5', 'i27'],
      limit: 50,
      explain: true,
    });
    const ranked = answer.items.filter(({ strategy }) => strategy === 'personal');
    expect(ranked.length).toBeGreaterThan(20);
    let named = 0;
    for (const { score, explanation } of ranked) {
      expect(Math.abs(sum(explanation as ItemExplanation) - score)).toBeLessThan(1e-4);
      named += explanation?.interactions.length ?? 0;
      for (const { item } of explanation?.interactions ?? []) expect(LIKED).toContain(item);
      for (const { item } of explanation?.context ?? []) expect(['i5', 'i27']).toContain(item);
    }
    // A sum that is all in the one other part would explain nothing.
    expect(named).toBeGreaterThan(ranked.length / 4);
  });

  it('says in a sentence what speaks most for the item, by its title, and of content what they have in common', async () => {
    const history = [{ item: 'i3', action: 'purchase' }];
    const answer = await recommend({ history, model: 'demo.content', limit: 3, explain: true });
    for (const { explanation } of answer.items) {
      expect(explanation?.sentence).toMatch(/^Because you bought (this|Thing 3): (alike|of like kind|chosen)/);
      const bySource = (explanation?.sources ?? []).reduce((total, { value }) => total + value, 0);
      expect(bySource).toBeCloseTo(explanation?.interactions[0]?.value ?? NaN, 4);
    }
    const together = await recommend({ history, model: 'demo.behaviour', limit: 3, explain: true });
    expect(together.items.map(({ explanation }) => explanation?.sentence)).toContain('Because you bought Thing 3.');
    expect(together.items[0]?.explanation).not.toHaveProperty('sources');
    const popular = await recommend({ subject: 'nobody', limit: 1, explain: true });
    expect(popular.items[0]?.explanation).toEqual({
      sentence: 'Popular in this shop.',
      interactions: [],
      context: [],
      other: 0,
    });
  });

  it('changes nothing of what is recommended, and is not there unasked', async () => {
    const asked = { subject: 'anna', limit: 20, diversity: 0.5 };
    const plain = await recommend(asked);
    const explained = await recommend({ ...asked, explain: true });
    expect(shown(explained)).toEqual(shown(plain));
    expect(plain.items[0]).not.toHaveProperty('explanation');
  });

  it('needs a scope of its own', async () => {
    const body = { subject: 'anna', explain: true };
    const refused = await gateway.call('POST', '/v1/recommendations', { key: withoutReasons, body });
    expect([refused.status, refused.body['code']]).toEqual([403, 'scope-missing']);
    const rankOnly = await gateway.call('POST', '/v1/rank', { key: withoutReasons, body: { subject: 'a', items: [] } });
    expect(rankOnly.status).toBe(400);
  });
});

describe('POST /v1/rank', () => {
  it('orders a list by the scores that the model has for its items, however far down they are', async () => {
    const items = ITEMS_OF_SHOP.map(({ id }) => id as string).filter((id) => id !== UNAVAILABLE);
    const answer = await rank({ subject: 'anna', items: items.toReversed() });
    expect(answer.model).toEqual({ name: 'demo.behaviour', version: '1' });
    expect(shown(answer).toSorted()).toEqual(items.toSorted());
    const scores = answer.items.map(({ score }) => score ?? NaN);
    expect(scores).toEqual(scores.toSorted((one, other) => other - one));
    const recommended = await recommend({ subject: 'anna', limit: 50 });
    for (const { item, score } of recommended.items)
      expect(answer.items.find((each) => each.item === item)?.score).toBeCloseTo(score, 4);
    expect(new Set(shown(answer).slice(0, 8).map(KIND_OF))).toEqual(new Set(['kind 2', 'kind 3']));
  });

  it('says what is unavailable or unknown, and has each item once', async () => {
    const answer = await rank({ subject: 'anna', items: ['i3', UNAVAILABLE, 'nowhere', 'i3', 'i4'] });
    expect(shown(answer).toSorted()).toEqual(['i3', 'i4']);
    expect(answer.unavailable).toEqual([UNAVAILABLE, 'nowhere']);
  });

  it('goes by popularity for a shopper of whom nothing is known, and says that nothing was scored', async () => {
    const popular = models[0]?.popular.filter((id) => id !== UNAVAILABLE) ?? [];
    const answer = await rank({ subject: 'nobody', items: popular.slice(0, 5).toReversed() });
    expect(answer.model).toBeNull();
    expect(answer.items).toEqual(popular.slice(0, 5).map((item, index) => ({ item, rank: index + 1, score: null })));
  });

  it.each([
    ['no items', { subject: 'anna', items: [] }],
    ['more than 200 items', { subject: 'anna', items: Array.from({ length: 201 }, (_, index) => `i${index}`) }],
    ['nobody to rank for', { items: ['i1'] }],
  ])('refuses %s', async (_, body) => {
    const refused = await gateway.call('POST', '/v1/rank', { key, body });
    expect([refused.status, refused.body['code']]).toEqual([400, 'invalid']);
  });
});

describe('a model without a sibling that explains it', () => {
  it('scores the best 50 of a list by itself, and says that it has not scored the others', async () => {
    await rm(join(folder, explanationModel('demo.content')), { recursive: true });
    await until(async () => {
      const { items } = await recommend({ subject: 'anna', model: 'demo.content', limit: 1, explain: true });
      return items[0]?.explanation === null;
    });
    const items = ITEMS_OF_SHOP.map(({ id }) => id as string).filter((id) => id !== UNAVAILABLE);
    const answer = await rank({ subject: 'anna', model: 'demo.content', items: items.toReversed() });
    expect(answer.items).toHaveLength(items.length);
    const best = await recommend({ subject: 'anna', model: 'demo.content', limit: 50 });
    expect(answer.items.slice(0, 50)).toEqual(
      best.items.map(({ item, rank: place, score }) => ({ item, rank: place, score })),
    );
    expect(new Set(answer.items.slice(50).map(({ score }) => score))).toEqual(new Set([null]));
    const few = await rank({ subject: 'anna', model: 'demo.content', items: items.slice(100, 130) });
    expect(few.items.every(({ score }) => score !== null)).toBe(true);
  });
});

it('an explanation is paid for beside the recommendation, and only where there is one', async () => {
  const counted = async () =>
    (await gateway.records('usage'))
      .map(({ value }) => usageSchema.parse(JSON.parse(String(value))))
      .findLast(({ tenant }) => tenant === DEMO)?.counts;
  const unexplained = await recommend({ subject: 'anna', model: 'demo.content', limit: 1, explain: true });
  expect(unexplained.items[0]?.explanation).toBeNull();
  await until(async () => (await counted())?.['recommendations'] === cost.recommendations);
  expect(await counted()).toEqual(cost);
  expect(cost.explanations).toBeGreaterThan(5);
});
