import type { CatalogItem, ItemId, TenantId } from '@offerstream/contracts';
import { dataOf, openSession, type Tensor } from '@offerstream/onnx-runtime';
import { FAMILIES } from './families/index.js';
import { feedsFor } from './families/questions.fixture.js';
import type { Interaction } from './interaction-log.js';
import { randomNumbers } from './random.js';
import { trainModel } from './train-model.js';

const KINDS = 8;
const ITEMS = 160;
const tenant = 'demo' as TenantId;

/** Shoppers who mostly touch items of one kind, and now and then come back to what they put into the cart. */
const interactions = (): Interaction[] => {
  const random = randomNumbers(7);
  const result: Interaction[] = [];
  let time = Date.UTC(2026, 0, 1);
  for (let visit = 0; visit < 900; visit++) {
    const shopper = Math.floor(random() * 200);
    const subject = `s${shopper}`;
    for (let step = 0; step < 5; step++) {
      const kind = random() < 0.9 ? shopper % KINDS : Math.floor(random() * KINDS);
      const item = `i${kind + KINDS * Math.floor((random() ** 2 * ITEMS) / KINDS)}`;
      result.push({ subject, item, action: 'view', time: (time += 10_000) });
      if (random() < 0.3) result.push({ subject, item, action: 'cart', time: (time += 5000) });
    }
  }
  return result;
};
const catalog = Array.from({ length: ITEMS }, (_, i): CatalogItem => ({
  id: `i${i}` as ItemId,
  title: `thing ${i}`,
  categories: [`kind ${i % KINDS}`],
  available: true,
}));

test.each(['behaviour', 'collaborative', 'content', 'together'] as const)(
  '%s beats popularity on held-out interactions',
  async (family) => {
    const { metrics, card, popular } = await trainModel({
      tenant,
      family,
      interactions: interactions(),
      catalog,
      seed: 1,
    });
    const { repeatsAllowed, newItemsOnly } = metrics.heldOut;
    expect(repeatsAllowed.events).toBeGreaterThan(200);
    expect(repeatsAllowed.served).toBeGreaterThan(2 * repeatsAllowed.popularity);
    expect(newItemsOnly.served).toBeGreaterThan(newItemsOnly.popularity);
    expect(card).toContain(`# demo.${family}`);
    expect(popular).toHaveLength(100);
  },
);

test('the explanation is that of the model, with the settings that were chosen', async () => {
  const trained = await trainModel({ tenant, family: 'behaviour', interactions: interactions(), catalog, seed: 1 });
  expect(trained.metrics.settings).not.toEqual(FAMILIES.behaviour.defaults);
  const feeds = feedsFor({ histories: [['i3', 'i11', 'i3'].map((item, i) => ({ item, ageSeconds: (2 - i) * 900 }))] });
  const model = await openSession(trained.model.toBuffer());
  const ranked = await model.run(feeds);
  const explanation = await openSession(trained.explanation.toBuffer());
  const explained = await explanation.run({ ...feeds, items: ranked['items'] as Tensor });
  await Promise.all([model.close(), explanation.close()]);
  const parts = dataOf(explained, 'contributions', 'float32');
  const bias = dataOf(explained, 'bias', 'float32');
  dataOf(ranked, 'scores', 'float32').forEach((score, k) => {
    const sum = [...parts.subarray(k * 3, k * 3 + 3)].reduce((total, part) => total + part, bias[k] as number);
    expect(sum).toBeCloseTo(score, 4);
  });
});

test('equal data and seeds give equal bytes, and progress ends at 1', async () => {
  const shares: number[] = [];
  const options = { tenant, family: 'collaborative', interactions: interactions(), seed: 3 } as const;
  const first = await trainModel({ ...options, onProgress: ({ share }) => shares.push(share) });
  const second = await trainModel(options);
  expect(first.model.toBuffer().equals(second.model.toBuffer())).toBe(true);
  expect(first.explanation.toBuffer().equals(second.explanation.toBuffer())).toBe(true);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

test('a tenant with one interaction gets a model, one without any an error that says so', async () => {
  const [one] = interactions();
  const options = { tenant, family: 'behaviour', seed: 1 } as const;
  const { popular } = await trainModel({ ...options, interactions: [one as Interaction] });
  expect(popular).toEqual([one?.item]);
  await expect(trainModel({ ...options, interactions: [] })).rejects.toThrow('tenant "demo" has no interactions');
});

test('training stops when it is aborted', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(
    trainModel({ tenant, family: 'behaviour', interactions: interactions(), seed: 1, signal }),
  ).rejects.toThrow('enough');
});
