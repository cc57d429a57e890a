import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Graph, op } from '@offerstream/onnx';
import { componentsFor } from '../fusion/fusion-recipe.js';
import { NGramModel } from '../n-gram/n-gram-model.js';
import { randomText, wordsOf } from '../n-gram/random-text.fixture.js';
import { perplexity } from '../next-word/score-sentences.js';
import { Vocabulary } from '../text/vocabulary.js';
import {
  hasNetwork,
  languageModelFiles,
  nextWordModelOf,
  readLanguageModel,
  type LanguageModel,
  type LanguageModelVersion,
} from './language-model-files.js';

const V = 30;
const vocabulary = new Vocabulary(wordsOf(V));
const nGrams = NGramModel.train(randomText(1, V, 300), { vocabulary, order: 3 });
const shop = NGramModel.train(randomText(5, V, 20), { vocabulary, order: 1 });
const trigrams: LanguageModel = {
  kind: 'ngram',
  tokenizer: 'title',
  recipe: { components: [{ kind: 'n-gram', order: 3 }], weights: [1] },
  nGrams,
};
const components = componentsFor({ nGrams, shop });
const fused: LanguageModel = {
  kind: 'fused',
  tokenizer: 'space',
  recipe: { components, weights: components.map((_, index) => 0.3 + index / 10) },
  nGrams,
  shop,
};
const withNetwork: LanguageModel = { ...trigrams, recipe: { components: [{ kind: 'network' }], weights: [1] } };

const graph = new Graph('network');
graph.output('log_probabilities', op.mul(graph.input('x', 'float32', ['N', V]), 2));
const network = graph.model();

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'language-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async ({ beside }: LanguageModelVersion): Promise<void> => {
  for (const [name, content] of Object.entries(beside)) await writeFile(join(folder, name), content);
};

test.each([
  ['n-grams', trigrams, ['language.json', 'n-grams.bin']],
  ['a fusion', fused, ['language.json', 'n-grams.bin', 'shop-n-grams.bin']],
])('%s come back as they were stored', async (_, model, files) => {
  const version = languageModelFiles(model);
  expect(version.served).toBeUndefined();
  await write(version);
  expect((await readdir(folder)).sort()).toEqual(files);
  const read = await readLanguageModel(folder);
  expect(read).toMatchObject({ kind: model.kind, tokenizer: model.tokenizer, recipe: model.recipe });
  expect(read.nGrams.vocabulary.words).toEqual(vocabulary.words);
  expect(hasNetwork(read)).toBe(false);
  const text = randomText(2, V, 50);
  expect(await perplexity(nextWordModelOf(read), text)).toBe(await perplexity(nextWordModelOf(model), text));
  expect(nextWordModelOf(read).name).toBe(model.kind);
});

test('a network is served, and asked by who runs it', async () => {
  const version = languageModelFiles(withNetwork, network);
  expect(version.served?.inputs.map(({ name }) => name)).toEqual(['tokens', 'positions']);
  expect(version.served?.outputs.map(({ name }) => name)).toEqual(['log_probabilities']);
  await write(version);
  const read = await readLanguageModel(folder);
  expect(hasNetwork(read)).toBe(true);
  expect(() => nextWordModelOf(read)).toThrow('a network');
  const model = nextWordModelOf(read, (feeds) => {
    expect(feeds['positions']?.data).toEqual(BigInt64Array.of(2n));
    const data = Float32Array.from({ length: V }, () => Math.log(1 / V));
    return Promise.resolve({ log_probabilities: { dtype: 'float32', dims: [1, V], data } });
  });
  const out = new Float32Array(V);
  await model.afterHistories([Uint16Array.of(3, 4)], out);
  expect(out[7]).toBeCloseTo(Math.log(1 / V), 5);
});

test.each([
  ['a network that is missing', withNetwork, undefined, 'uses a network'],
  ['a network that nobody uses', trigrams, network, 'does not use the network'],
  ['shop words that nobody uses', { ...trigrams, shop }, undefined, 'does not use the shop'],
])('%s is refused', (_, model, served, message) => {
  expect(() => languageModelFiles(model, served)).toThrow(message);
});

test.each([
  ['language.json', '{"format":2}', 'model-unusable'],
  ['language.json', '{', 'model-unusable'],
  ['n-grams.bin', 'x', 'model-unusable'],
])('a %s with %p is refused', async (name, content, code) => {
  await write(languageModelFiles(trigrams));
  await writeFile(join(folder, name), content);
  await expect(readLanguageModel(folder)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(join(folder, name)) as string,
  });
});

test.each(['language.json', 'n-grams.bin', 'shop-n-grams.bin'])('a missing %s is named', async (name) => {
  await write(languageModelFiles(fused));
  await rm(join(folder, name));
  await expect(readLanguageModel(folder)).rejects.toMatchObject({
    code: 'file-unreadable',
    message: expect.stringContaining(name) as string,
  });
});
