import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@offerstream/contracts';
import { openSession } from '@offerstream/onnx-runtime';
import { pruneVersions, storeModel } from './model-repository.js';
import { trainModel } from './train-model.js';
import type { TrainedModel } from './trained-model.js';

let repository = '';
let trained: TrainedModel;

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'models-'));
  const interactions = Array.from({ length: 60 }, (_, i) => ({
    subject: `s${i % 5}`,
    item: `i${(i * 7) % 11}`,
    action: 'view' as const,
    time: i * 1000,
  }));
  trained = await trainModel({ tenant: 'demo' as TenantId, family: 'popular', interactions, seed: 1 });
});
afterAll(() => rm(repository, { recursive: true }));

test('each version is the next number, complete, and can be served', async () => {
  const first = await storeModel(repository, trained);
  const others = await Promise.all(Array.from({ length: 12 }, () => storeModel(repository, trained)));
  const versions = [first, ...others].map(({ version }) => Number(version)).sort((x, y) => x - y);
  expect(versions).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
  expect((await readdir(first.path)).sort()).toEqual(['card.md', 'metrics.json', 'model.onnx']);
  expect(await readdir(join(repository, 'demo.popular'))).toHaveLength(versions.length + 1);
  expect(JSON.parse(await readFile(join(first.path, 'metrics.json'), 'utf8'))).toEqual(trained.metrics);
  const session = await openSession(join(first.path, 'model.onnx'));
  expect(session.inputs.filter(({ optional }) => optional).map(({ name }) => name)).toEqual([
    'context_items',
    'exclude_items',
    'blocked_items',
  ]);
  await session.close();
});

test('pruning keeps the newest versions and the excepted ones', async () => {
  const pruned = await pruneVersions(repository, 'demo.popular', 2, ['1']);
  expect(pruned).toEqual(Array.from({ length: 10 }, (_, i) => String(i + 2)));
  expect((await readdir(join(repository, 'demo.popular'))).sort()).toEqual(['1', '12', '13', 'config.pbtxt']);
  expect((await storeModel(repository, trained)).version).toBe('14');
});

test('a version that can not be written leaves nothing behind', async () => {
  const failing: TrainedModel = { ...trained, model: Object.create(trained.model) as TrainedModel['model'] };
  Object.defineProperty(failing.model, 'writeTo', { value: () => Promise.reject(new Error('disk full')) });
  const before = await readdir(join(repository, 'demo.popular'));
  await expect(storeModel(repository, failing)).rejects.toThrow('disk full');
  expect(await readdir(join(repository, 'demo.popular'))).toEqual(before);
});

test('a name that would leave the repository is refused', async () => {
  await expect(storeModel(repository, { ...trained, tenant: '../x' as TenantId })).rejects.toThrow('"../x.popular"');
});
