import { vectorText, type TenantId } from '@offerstream/contracts';
import type { FollowedTable } from '@offerstream/kafka';
import { followedTable } from '../followed-table.fixture.js';
import { DEMO } from '../shop.fixture.js';
import { ItemVectors } from './item-vectors.js';
import type { VectorSpace } from './vector-space.js';

const SPACES: readonly VectorSpace[] = [{ encoder: 'demo.encoder/3', dimensions: 3 }];

const setUp = () => {
  const told: [TenantId, string, unknown][] = [];
  const answers: (() => void)[] = [];
  const vectors = new ItemVectors({
    ask: (tenant: TenantId, kind, ask) => {
      told.push([tenant, kind, ask]);
      return new Promise((resolve) => answers.push(() => resolve(SPACES)));
    },
  });
  const put = (value: object | null) =>
    vectors.put('demo:mug', value === null ? null : Buffer.from(JSON.stringify(value)));
  const answer = async (): Promise<void> => {
    answers.shift()?.();
    await new Promise(setImmediate);
  };
  return { vectors, told, put, answer };
};
const made = (model: string, ...values: readonly number[]) => ({
  model,
  version: '3',
  vector: vectorText(Float32Array.from(values)),
});
const text = made('demo.encoder', 1, 2, 2);
const image = made('demo.vision', 0, 1);
const placed = (encoder: string, ...values: readonly number[]) => ({
  space: { encoder, dimensions: values.length },
  values: Float32Array.from(values),
});

it('the thread is told what models made of an item, and what it has no longer', async () => {
  const { told, put, answer } = setUp();
  for (const value of [{ id: 'mug', text, image }, { id: 'mug', text }, null]) {
    expect(put(value)).toBeUndefined();
    await answer();
  }
  const textVector = placed('demo.encoder/3', 1, 2, 2);
  expect(told).toEqual([
    ['demo', 'vectors', { items: [{ item: 'mug', text: textVector, image: placed('demo.vision/3', 0, 1) }] }],
    ['demo', 'vectors', { items: [{ item: 'mug', text: textVector, image: undefined }] }],
    ['demo', 'vectors', { items: [{ item: 'mug', text: undefined, image: undefined }] }],
  ]);
});

it('what points nowhere is none', () => {
  const { told, put } = setUp();
  expect(put({ id: 'mug', text: made('demo.encoder', 0, 0), image })).toBeUndefined();
  expect(told).toMatchObject([['demo', 'vectors', { items: [{ text: undefined, image: { values: { 1: 1 } } }] }]]);
});

it.each([
  ['that is no number', { text: made('demo.encoder', NaN, 1) }],
  ['of half a number', { text, image: { ...image, vector: 'AAAA' } }],
])('a vector %s is not told', (_, broken) => {
  const { told, put } = setUp();
  expect(put({ id: 'mug', ...broken })).toContain('made again');
  expect(told).toEqual([]);
});

it('it is known by which encoders a shop’s titles were looked at, as long as the thread lives', async () => {
  const { vectors, put, answer } = setUp();
  put({ id: 'mug', text });
  expect(vectors.textSpacesOf(DEMO)).toEqual([]);
  await answer();
  expect(vectors.textSpacesOf(DEMO)).toEqual(SPACES);
  expect(vectors.textSpacesOf('other' as TenantId)).toEqual([]);
  await vectors.again();
  expect(vectors.textSpacesOf(DEMO)).toEqual([]);
});

it('what is none of the topic is refused', () => {
  const { vectors, put } = setUp();
  expect(() => put({ id: 'mug', image: { model: 'demo.vision' } })).toThrow();
  expect(vectors.put('mug', null)).toContain('its key');
});

describe('for a thread that knows nothing', () => {
  /** Follows the topic, as often as it is asked to. */
  const setUpTopic = () => {
    const { vectors, put, answer } = setUp();
    const steps: string[] = [];
    const ends: PromiseWithResolvers<void>[] = [];
    const follow = (): FollowedTable => {
      const number = ends.push(Promise.withResolvers());
      steps.push(`follow ${number}`);
      const close = async () => {
        await Promise.resolve();
        steps.push(`close ${number}`);
      };
      return followedTable({ caughtUp: ends[number - 1]?.promise as Promise<void>, close });
    };
    const reach = async (number: number): Promise<void> => {
      ends[number - 1]?.resolve();
      await new Promise(setImmediate);
    };
    return { vectors, put, answer, steps, follow, reach };
  };

  it('the topic is read again, and never twice at a time', async () => {
    const { vectors, steps, follow } = setUpTopic();
    await vectors.again();
    vectors.start(follow);
    await Promise.all([vectors.again(), vectors.again()]);
    await vectors.close();
    expect(steps).toEqual(['follow 1', 'close 1', 'follow 2', 'close 2', 'follow 3', 'close 3']);
  });

  it('it is not read again where that is closed meanwhile', async () => {
    const { vectors, steps, follow } = setUpTopic();
    vectors.start(follow);
    await Promise.all([vectors.again(), vectors.close()]);
    expect(steps.filter((step) => step.startsWith('follow'))).toEqual(['follow 1']);
  });

  it('vectors are known when the topic was read to its end since', async () => {
    const { vectors, follow, reach } = setUpTopic();
    expect(vectors.areKnown).toBe(false);
    vectors.start(follow);
    await reach(1);
    expect(vectors.areKnown).toBe(true);
    const [once, twice] = [vectors.again(), vectors.again()];
    expect(vectors.areKnown).toBe(false);
    await Promise.all([once, twice]);
    expect(vectors.areKnown).toBe(false);
    await reach(3);
    expect(vectors.areKnown).toBe(true);
  });

  it('vectors are known when the thread was told of the last of them', async () => {
    const { vectors, put, answer, follow, reach } = setUpTopic();
    vectors.start(follow);
    put({ id: 'mug', text });
    await reach(1);
    expect(vectors.areKnown).toBe(false);
    await answer();
    expect(vectors.areKnown).toBe(true);
  });

  it('what the one before was told last does not count', async () => {
    const { vectors, follow, reach } = setUpTopic();
    vectors.start(follow);
    const again = vectors.again();
    await reach(1);
    expect(vectors.areKnown).toBe(false);
    await again;
  });
});
