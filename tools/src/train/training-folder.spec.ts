import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inTrainingFolder, type Training } from './training-folder.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'training-'))));
afterEach(() => rm(folder, { recursive: true }));

const CONTENT = ['{"order":5}', Uint32Array.of(1, 2, 3)] as const;
const training = (name = 'shop', content: Training['content'] = CONTENT): Training => ({ folder, name, content });
const pathFor = (name?: string, content?: Training['content']): Promise<string> =>
  inTrainingFolder(training(name, content), (path) => Promise.resolve(path));

test('the same training finds its folder again; another name, setting or text has another', async () => {
  const path = await pathFor();
  expect(dirname(path)).toBe(folder);
  expect(await pathFor('shop', ['{"order":5}', Uint32Array.of(1, 2, 3)])).toBe(path);
  const others = [
    await pathFor('other'),
    await pathFor('shop', ['{"order":4}', CONTENT[1]]),
    await pathFor('shop', [CONTENT[0], Uint32Array.of(1, 2, 4)]),
  ];
  expect(new Set([path, ...others]).size).toBe(4);
});

test('a folder that is to be kept stays when all is done, free for the next one', async () => {
  const kept = { ...training(), keep: true };
  const path = await inTrainingFolder(kept, async (into) => {
    await writeFile(join(into, 'features.bin'), 'kept');
    return into;
  });
  expect(await inTrainingFolder(kept, (again) => Promise.resolve(existsSync(join(again, 'features.bin'))))).toBe(true);
  expect(existsSync(path)).toBe(true);
});

test('the folder stays until all is done', async () => {
  let checkpoint = '';
  const failed = inTrainingFolder(training(), async (path) => {
    checkpoint = join(path, 'last.checkpoint');
    await writeFile(checkpoint, 'so far');
    throw new Error('a full disk');
  });
  await expect(failed).rejects.toThrow('a full disk');
  expect(existsSync(checkpoint)).toBe(true);
  expect(await inTrainingFolder(training(), () => Promise.resolve('done'))).toBe('done');
  expect(existsSync(dirname(checkpoint))).toBe(false);
});

test('a training that runs keeps others out of its folder', async () => {
  await inTrainingFolder(training(), async (path) => {
    await expect(pathFor()).rejects.toThrow(
      new RegExp(`^Process ${process.pid} on .+ runs this training\\..+ delete ${join(path, 'lock')}\\.\\)$`),
    );
  });
});

test('one that comes to no number says at which step, where its checkpoints are, and what helps', async () => {
  const path = await pathFor();
  const message = 'step 7: the loss is NaN. The parameters are those after step 6';
  const error = Object.assign(new Error(message), { code: 'not-finite' });
  await expect(inTrainingFolder(training(), () => Promise.reject(error))).rejects.toMatchObject({
    code: 'not-finite',
    message: `Training stopped at step 7: the loss is NaN. What was saved before is in ${path}. A lower --learning-rate begins anew.`,
    cause: error,
  });
});
