import { vectorText, type TenantId } from '@offerstream/contracts';
import type { FollowedTable } from '@offerstream/kafka';
import { followedTable } from '../followed-table.fixture.js';
import { PictureVectors } from './picture-vectors.js';

const setUp = () => {
  const told: unknown[] = [];
  const vectors = new PictureVectors({
    ask: (tenant: TenantId, kind, ask) => {
      told.push([tenant, kind, ask]);
      return Promise.resolve(undefined as never);
    },
  });
  const put = (value: object | null) =>
    vectors.put('demo:mug', value === null ? null : Buffer.from(JSON.stringify(value)));
  return { vectors, told, put };
};
const image = (...values: readonly number[]) => ({
  model: 'demo.vision',
  version: '3',
  vector: vectorText(Float32Array.from(values)),
});

it('the thread is told how an item looks, and when it has no picture or is gone', () => {
  const { told, put } = setUp();
  const text = image(1, 2, 3);
  for (const value of [{ id: 'mug', text, image: image(0, 1) }, { id: 'mug', text }, null])
    expect(put(value)).toBeUndefined();
  expect(told).toEqual([
    [
      'demo',
      'picture',
      { item: 'mug', vector: { space: { encoder: 'demo.vision/3', dimensions: 2 }, values: Float32Array.of(0, 1) } },
    ],
    ['demo', 'picture', { item: 'mug', vector: undefined }],
    ['demo', 'picture', { item: 'mug', vector: undefined }],
  ]);
});

it.each([
  ['of no direction', { ...image(0, 0) }],
  ['that is no number', { ...image(NaN, 1) }],
  ['of half a number', { ...image(1), vector: 'AAAA' }],
])('a vector %s is not told', (_, broken) => {
  const { told, put } = setUp();
  expect(put({ id: 'mug', image: broken })).toContain('made again');
  expect(told).toEqual([]);
});

it('what is none of the topic is refused', () => {
  const { vectors, put } = setUp();
  expect(() => put({ id: 'mug', image: { model: 'demo.vision' } })).toThrow();
  expect(vectors.put('mug', null)).toContain('its key');
});

describe('for a thread that knows nothing', () => {
  /** Follows the topic, as often as it is asked to. */
  const setUpTopic = () => {
    const { vectors } = setUp();
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
    return { vectors, steps, follow, reach };
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

  it('what items look like is known when the topic was read to its end since', async () => {
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

  it('what the one before was told last does not count', async () => {
    const { vectors, follow, reach } = setUpTopic();
    vectors.start(follow);
    const again = vectors.again();
    await reach(1);
    expect(vectors.areKnown).toBe(false);
    await again;
  });
});
