import { vectorText, type TenantId } from '@offerstream/contracts';
import type { FollowedTable } from '@offerstream/kafka';
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

it('the topic is read again for a thread that knows nothing', async () => {
  const { vectors } = setUp();
  const steps: string[] = [];
  const follow = (): FollowedTable => {
    steps.push('follow');
    return { close: () => Promise.resolve(void steps.push('close')) } as unknown as FollowedTable;
  };
  await vectors.again();
  vectors.start(follow);
  await vectors.again();
  await vectors.close();
  expect(steps).toEqual(['follow', 'close', 'follow', 'close']);
});
