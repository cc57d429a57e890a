import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus } from '../text/corpus.js';
import { Vocabulary } from '../text/vocabulary.js';
import { loadNGramModel, saveNGramModel } from './n-gram-file.js';
import { NGramModel } from './n-gram-model.js';
import { randomText, wordsOf } from './random-text.fixture.js';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'n-grams-'));
  path = join(folder, 'model.ngram');
});
afterEach(() => rm(folder, { recursive: true }));

const vocabulary = new Vocabulary(wordsOf(40));
const model = NGramModel.train(randomText(3, 40, 500), { vocabulary, order: 4 });

// Word 2 + i is i times in it.
const uneven = Array.from({ length: 300 }, (_, i) => new Uint16Array(i).fill(2 + i));
const unevenModel = NGramModel.train(Corpus.ofSentences(uneven), {
  vocabulary: new Vocabulary(wordsOf(302)),
  order: 1,
});

test.each([
  ['few different counts', model],
  ['many', unevenModel],
])('a model of %s comes back as it was', async (_, saved) => {
  await saveNGramModel(path, saved);
  const loaded = await loadNGramModel(path);
  expect(loaded.vocabulary.words).toEqual(saved.vocabulary.words);
  expect(loaded.levels).toEqual(saved.levels);
  for (const sentence of randomText(4, 40, 20).sentences()) {
    expect(loaded.scoreSentence(sentence)).toEqual(saved.scoreSentence(sentence));
  }
  expect(await readdir(folder)).toEqual(['model.ngram']);
});

test.each([
  ['a changed byte', (bytes: Buffer) => bytes.fill((bytes[5_000] as number) ^ 1, 5_000, 5_001), 'checksum differs'],
  ['a lost end', (bytes: Buffer) => bytes.subarray(0, -100), 'checksum differs'],
  ['a lost rest', (bytes: Buffer) => bytes.subarray(0, 10), 'cut off'],
  ['another format', (bytes: Buffer) => bytes.fill(9, 8, 9), 'format 9'],
  ['another file', () => Buffer.from('a text file of some length'), 'not an n-gram model'],
  ['an empty file', () => Buffer.alloc(0), 'not an n-gram model'],
])('%s is refused', async (_, damage, message) => {
  await saveNGramModel(path, model);
  await writeFile(path, damage(await readFile(path)));
  await expect(loadNGramModel(path)).rejects.toMatchObject({
    code: 'model-unusable',
    message: expect.stringContaining(message) as string,
  });
});

test('a file that is not there is named', async () => {
  await expect(loadNGramModel(path)).rejects.toMatchObject({ code: 'file-unreadable' });
});

test('saving that fails leaves what was there', async () => {
  await mkdir(path);
  await writeFile(join(path, 'kept'), '');
  await expect(saveNGramModel(path, model)).rejects.toThrow();
  expect(await readdir(folder)).toEqual(['model.ngram']);
});
