import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TrainingFolder } from './training-folder.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'training-'))));
afterEach(() => rm(folder, { recursive: true }));

const CONTENT = ['{"order":5}', Uint32Array.of(1, 2, 3)] as const;

const pathFor = (name: string, content: readonly (string | Uint32Array)[]): string => {
  const opened = TrainingFolder.open(folder, name, content);
  opened.release();
  return opened.path;
};

test('the same training finds its folder again; another name, setting or text has another', () => {
  const path = pathFor('shop', CONTENT);
  expect(dirname(path)).toBe(folder);
  expect(pathFor('shop', ['{"order":5}', Uint32Array.of(1, 2, 3)])).toBe(path);
  const others = [
    pathFor('other', CONTENT),
    pathFor('shop', ['{"order":4}', CONTENT[1]]),
    pathFor('shop', [CONTENT[0], Uint32Array.of(1, 2, 4)]),
  ];
  expect(new Set([path, ...others]).size).toBe(4);
});

test('a training that runs keeps others out of its folder until it has ended', async () => {
  const opened = TrainingFolder.open(folder, 'shop', CONTENT);
  expect(() => TrainingFolder.open(folder, 'shop', CONTENT)).toThrow(`Process ${process.pid} on `);
  await opened.remove();
  opened.release();
  expect(existsSync(opened.path)).toBe(false);
  TrainingFolder.open(folder, 'shop', CONTENT).release();
});
