import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FeatureCache } from './feature-cache.js';

let path: string;
beforeEach(async () => (path = join(await mkdtemp(join(tmpdir(), 'features-')), 'features.bin')));
afterEach(() => rm(join(path, '..'), { recursive: true }));

const digest = (byte: string): string => byte.repeat(32);

test('what was added is there at the next opening, without what was cut off in the middle', async () => {
  const first = await FeatureCache.open(path, 3);
  expect(first.get(digest('aa'))).toBeUndefined();
  await first.add(digest('aa'), Float32Array.of(1, 2, 3));
  await first.add(digest('bb'), Float32Array.of(4, 5, 6));
  expect(first.get(digest('aa'))).toEqual(Float32Array.of(1, 2, 3));
  await first.close();

  const whole = await readFile(path);
  await writeFile(path, whole.subarray(0, whole.byteLength - 5));
  const second = await FeatureCache.open(path, 3);
  expect([second.size, second.get(digest('aa')), second.get(digest('bb'))]).toEqual([
    1,
    Float32Array.of(1, 2, 3),
    undefined,
  ]);
  await second.add(digest('cc'), Float32Array.of(7, 8, 9));
  await second.close();
  const third = await FeatureCache.open(path, 3);
  expect([third.size, third.get(digest('cc'))]).toEqual([2, Float32Array.of(7, 8, 9)]);
  await third.close();
});

test('features of another size are a fault', async () => {
  const cache = await FeatureCache.open(path, 3);
  await expect(cache.add(digest('aa'), Float32Array.of(1, 2))).rejects.toThrow('2 features instead of 3');
  await cache.close();
});
