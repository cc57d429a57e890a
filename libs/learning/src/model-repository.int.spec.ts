import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { TenantId } from '@offerstream/contracts';
import type { OnnxModel } from '@offerstream/onnx';
import { openSession } from '@offerstream/onnx-runtime';
import { pruneVersions, removeModel, storeModel } from './model-repository.js';
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
  expect((await readdir(join(repository, 'demo.popular-explain'))).sort()).toEqual(
    (await readdir(join(repository, 'demo.popular'))).sort(),
  );
  expect(await readdir(first.explanationPath)).toEqual(['model.onnx']);
  expect(JSON.parse(await readFile(join(first.path, 'metrics.json'), 'utf8'))).toEqual(trained.metrics);
  const session = await openSession(join(first.path, 'model.onnx'));
  expect(session.inputs.filter(({ optional }) => optional).map(({ name }) => name)).toEqual([
    'context_items',
    'exclude_items',
    'blocked_items',
  ]);
  await session.close();
  const explanation = await openSession(join(first.explanationPath, 'model.onnx'));
  expect(explanation.inputs.map(({ name }) => name)).toEqual([...session.inputs.map(({ name }) => name), 'items']);
  await explanation.close();
});

const versionsIn = (name: string): readonly string[] =>
  readdirSync(join(repository, name)).filter((entry) => /^\d+$/.test(entry));
const EXPLAINED = 'demo.popular';
const EXPLAINING = 'demo.popular-explain';

test('whoever sees a version finds its explanation', async () => {
  await storeModel(repository, trained);
  let stored = 0;
  const unexplained: string[] = [];
  const storing = Array.from({ length: 12 }, () => storeModel(repository, trained).finally(() => stored++));
  while (stored < storing.length) {
    const seen = versionsIn(EXPLAINED);
    const explained = versionsIn(EXPLAINING);
    unexplained.push(...seen.filter((version) => !explained.includes(version)));
    await setImmediate();
  }
  await Promise.all(storing);
  expect(unexplained).toEqual([]);
});

test('a number that somebody takes at the last moment stays theirs', async () => {
  const storing = storeModel(repository, trained);
  let foreign: string | undefined;
  while (foreign === undefined) {
    await setImmediate();
    foreign = versionsIn(EXPLAINING).find((version) => !versionsIn(EXPLAINED).includes(version));
  }
  mkdirSync(join(repository, EXPLAINED, foreign));
  writeFileSync(join(repository, EXPLAINED, foreign, 'model.onnx'), 'theirs');
  const { version, path, explanationPath } = await storing;
  expect(Number(version)).toBe(Number(foreign) + 1);
  expect([path, explanationPath].map((folder) => readdirSync(folder).includes('model.onnx'))).toEqual([true, true]);
  expect(await readFile(join(repository, EXPLAINED, foreign, 'model.onnx'), 'utf8')).toBe('theirs');
  expect(versionsIn(EXPLAINING)).not.toContain(foreign);
});

test('pruning keeps the newest versions and the excepted ones, with their explanations', async () => {
  const { version } = await storeModel(repository, trained);
  const newest = Number(version);
  // What an interrupted removal leaves.
  await rm(join(repository, EXPLAINED, '3'), { recursive: true });
  const pruned = await pruneVersions(repository, EXPLAINED, 2, ['1']);
  expect(pruned).toEqual(['2', ...Array.from({ length: newest - 5 }, (_, i) => String(i + 4))]);
  const kept = ['1', String(newest - 1), version, 'config.pbtxt'].sort();
  expect((await readdir(join(repository, EXPLAINED))).sort()).toEqual(kept);
  expect((await readdir(join(repository, EXPLAINING))).sort()).toEqual(kept);
  expect((await storeModel(repository, trained)).version).toBe(String(newest + 1));
});

test('a removed version takes its explanation with it', async () => {
  const stored = await storeModel(repository, trained);
  await removeModel(stored);
  expect(versionsIn(EXPLAINED)).not.toContain(stored.version);
  expect(versionsIn(EXPLAINING)).not.toContain(stored.version);
  // Offers may name it.
  const next = await storeModel(repository, trained);
  expect(Number(next.version)).toBe(Number(stored.version) + 1);
});

test.each(['model', 'explanation'] as const)(
  'a version whose %s can not be written leaves nothing behind',
  async (part) => {
    const graph = Object.create(trained[part], {
      writeTo: { value: () => Promise.reject(new Error('disk full')) },
    }) as OnnxModel;
    const contents = () => Promise.all([EXPLAINED, EXPLAINING].map((name) => readdir(join(repository, name))));
    const before = await contents();
    await expect(storeModel(repository, { ...trained, [part]: graph })).rejects.toThrow('disk full');
    expect(await contents()).toEqual(before);
  },
);

test('a name that would leave the repository is refused', async () => {
  await expect(storeModel(repository, { ...trained, tenant: '../x' as TenantId })).rejects.toThrow('"../x.popular"');
});
