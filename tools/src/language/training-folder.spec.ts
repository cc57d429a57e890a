import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readWords, TOKENIZERS, type WordLines } from '@offerstream/language';
import { TrainingFolder } from './training-folder.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'training-'))));
afterEach(() => rm(folder, { recursive: true }));

const words = (...lines: readonly string[]): Promise<WordLines> => readWords(lines, TOKENIZERS.space);
const SETTINGS = { order: 5 };

const pathFor = (name: string, text: WordLines, settings: object = SETTINGS): string => {
  const opened = TrainingFolder.open(folder, name, text, settings);
  opened.release();
  return opened.path;
};

test('the same training finds its folder again; another name, text or setting has another', async () => {
  const text = await words('a b', 'c');
  const path = pathFor('shop', text);
  expect(dirname(path)).toBe(folder);
  expect(pathFor('shop', await words('a b', 'c'))).toBe(path);
  const others = [
    pathFor('other', text),
    pathFor('shop', text, { order: 4 }),
    pathFor('shop', await words('a b', 'd')),
    pathFor('shop', await words('a', 'b c')),
    pathFor('shop', await words('a c', 'b')),
  ];
  expect(new Set([path, ...others]).size).toBe(6);
});

test('a training that runs keeps others out of its folder until it has ended', async () => {
  const text = await words('a');
  const opened = TrainingFolder.open(folder, 'shop', text, SETTINGS);
  expect(() => TrainingFolder.open(folder, 'shop', text, SETTINGS)).toThrow(`Process ${process.pid} on `);
  await opened.remove();
  opened.release();
  expect(existsSync(opened.path)).toBe(false);
  TrainingFolder.open(folder, 'shop', text, SETTINGS).release();
});
