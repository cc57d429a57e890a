import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Graph, op, type OnnxModel } from '@offerstream/onnx';
import { listModels, removeVersion, storeVersion } from './model-versions.js';
import { versionsOf } from './version-folder.js';

let repository = '';
beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), 'models-'));
});
afterEach(() => rm(repository, { recursive: true }));

const twice = (): OnnxModel => {
  const graph = new Graph('twice');
  graph.output('y', op.mul(graph.input('x', 'float32', ['B', 2]), 2));
  return graph.model();
};
const contents = (model = twice()) => ({
  served: {
    model,
    inputs: [{ name: 'x "quoted"', type: 'TYPE_FP32' as const, dims: [-1, 2] }],
    outputs: [{ name: 'y', type: 'TYPE_FP32' as const, dims: [-1, 2] }],
  },
  beside: { 'card.md': '# twice\n', 'tokenizer.json': Buffer.from('{}') },
});

test('any model becomes the next version of its name, complete, whoever else stores one', async () => {
  const stored = await Promise.all(Array.from({ length: 8 }, () => storeVersion(repository, 'twice', contents())));
  expect(stored.map(({ version }) => Number(version)).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  for (const { path } of stored) {
    expect((await readdir(path)).sort()).toEqual(['card.md', 'model.onnx', 'tokenizer.json']);
    expect((await readFile(join(path, 'model.onnx'))).equals(twice().toBuffer())).toBe(true);
  }
  expect((await readdir(join(repository, 'twice'))).sort()).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
    'config.pbtxt',
  ]);
  const config = await readFile(join(repository, 'twice', 'config.pbtxt'), 'utf8');
  expect(config).toContain('{ name: "x \\"quoted\\"" data_type: TYPE_FP32 dims: [ -1, 2 ] }');
});

test('a version that inference does not serve has its other files alone', async () => {
  const { path, version } = await storeVersion(repository, 'words', { beside: { 'card.md': '# words\n' } });
  expect([version, await readdir(path), await readdir(join(repository, 'words'))]).toEqual(['1', ['card.md'], ['1']]);
  expect(await listModels(repository)).toEqual(new Map([['words', ['1']]]));
});

test('a version that can not be written leaves nothing behind', async () => {
  const broken = Object.create(twice(), {
    writeTo: { value: () => Promise.reject(new Error('disk full')) },
  }) as OnnxModel;
  await expect(storeVersion(repository, 'twice', contents(broken))).rejects.toThrow('disk full');
  expect(await readdir(join(repository, 'twice'))).toEqual([]);
  expect((await listModels(repository)).size).toBe(0);
});

describe('what a process that was killed left unfinished', () => {
  const HOURS_2 = 7_200_000;
  const NAME = 'twice';
  const at = (...path: readonly string[]) => join(repository, NAME, ...path);
  const age = async (...paths: readonly string[]) => {
    const then = new Date(Date.now() - HOURS_2);
    for (const path of paths) await utimes(path, then, then);
  };
  const unfinished = async () => (await readdir(at())).filter((entry) => entry.startsWith('.unfinished-')).sort();
  /** Stops for good while it writes: what follows never comes, unless it is told to go on. */
  const startStoring = async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const halted = Object.create(twice(), { writeTo: { value: () => promise } }) as OnnxModel;
    const storing = storeVersion(repository, NAME, contents(halted));
    storing.catch(() => undefined);
    while (!(await readdir(repository)).includes(NAME) || (await unfinished()).length === 0)
      await new Promise((done) => setTimeout(done, 5));
    const [folder = ''] = await unfinished();
    return { folder, storing, goOn: () => resolve(undefined) };
  };

  test('is no version, and goes when the next is written and nothing was written to it for an hour', async () => {
    const { folder } = await startStoring();
    await writeFile(at(folder, 'model.onnx'), 'half');
    await writeFile(at('.unfinished-config'), 'half');
    expect((await listModels(repository)).size).toBe(0);
    await storeVersion(repository, NAME, contents());
    expect(await unfinished()).toEqual([folder, '.unfinished-config'].sort());
    await age(at(folder, 'model.onnx'), at(folder), at('.unfinished-config'));
    expect((await storeVersion(repository, NAME, contents())).version).toBe('2');
    expect(await unfinished()).toEqual([]);
  });

  test('stays as long as somebody writes to it, however long that takes', async () => {
    const { folder, storing, goOn } = await startStoring();
    await writeFile(at(folder, 'model.onnx'), 'much');
    await age(at(folder));
    await storeVersion(repository, NAME, contents());
    goOn();
    expect((await storing).version).toBe('2');
  });

  test('brings no half version where the process was only halted', async () => {
    const { folder, storing, goOn } = await startStoring();
    await age(at(folder));
    await storeVersion(repository, NAME, contents());
    goOn();
    await expect(storing).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await listModels(repository)).toEqual(new Map([[NAME, ['1']]]));
  });

  test('may be removed by several at once', async () => {
    for (let i = 0; i < 20; i++) {
      await mkdir(at(`.unfinished-${i}`), { recursive: true });
      const files = ['config.pbtxt', 'model.onnx'].map((file) => at(`.unfinished-${i}/${file}`));
      for (const file of files) await writeFile(file, 'some');
      await age(...files, at(`.unfinished-${i}`));
    }
    await Promise.all(Array.from({ length: 8 }, () => storeVersion(repository, NAME, contents())));
    expect(await unfinished()).toEqual([]);
  });
});

test.each(['..', '.hidden', 'a/b', '', 'demo.behaviour-explain', 'x'.repeat(101)])(
  '"%s" names no model',
  async (name) => {
    await expect(storeVersion(repository, name, contents())).rejects.toMatchObject({ code: 'repository-name' });
    await expect(removeVersion(repository, name, '1')).rejects.toMatchObject({ code: 'repository-name' });
  },
);

test('models are listed with their versions, what is unfinished or no model is not', async () => {
  for (const name of ['b', 'a', 'a', 'demo.behaviour']) await storeVersion(repository, name, contents());
  await mkdir(join(repository, 'demo.behaviour-explain', '1'), { recursive: true });
  await mkdir(join(repository, 'a', '.unfinished-x'));
  await mkdir(join(repository, 'empty'));
  await writeFile(join(repository, 'notes'), '');
  expect([...(await listModels(repository))]).toEqual([
    ['a', ['1', '2']],
    ['b', ['1']],
    ['demo.behaviour', ['1']],
  ]);
  expect([...(await listModels(join(repository, 'nowhere')))]).toEqual([]);
});

test('a version is removed with what explains it, others stay', async () => {
  for (let i = 0; i < 2; i++) await storeVersion(repository, 'demo.behaviour', contents());
  for (const version of ['1', '2'])
    await mkdir(join(repository, 'demo.behaviour-explain', version), { recursive: true });
  await removeVersion(repository, 'demo.behaviour', '1');
  expect((await listModels(repository)).get('demo.behaviour')).toEqual(['2']);
  expect(await versionsOf(join(repository, 'demo.behaviour-explain'))).toEqual(['2']);
  await expect(removeVersion(repository, 'demo.behaviour', '1')).rejects.toMatchObject({ code: 'unknown-version' });
});

test('the number of a version that was removed is not given again', async () => {
  const next = async () => (await storeVersion(repository, 'twice', contents())).version;
  for (const version of ['1', '2', '3']) expect(await next()).toBe(version);
  for (const version of ['3', '1', '2']) await removeVersion(repository, 'twice', version);
  expect([await listModels(repository), await next()]).toEqual([new Map(), '4']);
});
