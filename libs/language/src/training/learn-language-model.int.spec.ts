import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession } from '@offerstream/onnx-runtime';
import { perplexity } from '../next-word/score-sentences.js';
import type { LanguageModelKind } from '../stored/language-model-card.js';
import { languageModelFiles, nextWordModelOf, readLanguageModel } from '../stored/language-model-files.js';
import { Corpus } from '../text/corpus.js';
import { splitText, type SplitOptions, type SplitText } from '../text/split-text.js';
import { TOKENIZERS } from '../text/tokenizers.js';
import { readWords, type WordLines } from '../text/word-lines.js';
import { learnLanguageModel, type LanguageLearningOptions, type LanguageSettings } from './learn-language-model.js';

const WORDS = 60;
const LINES = 400;

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'learn-'))));
afterEach(() => rm(folder, { recursive: true }));

/** A word says much about the next. */
const generatedText = (): Promise<WordLines> => {
  const below = randomBelow();
  const lines = Array.from({ length: LINES }, () => {
    const words = [below(WORDS)];
    while (words.length < 3 + below(6)) words.push(((words.at(-1) as number) * 7 + below(4)) % WORDS);
    return words.map((word) => `w${word}`).join(' ');
  });
  return readWords(lines, TOKENIZERS.title);
};

const randomBelow = () => {
  let state = 7;
  return (limit: number): number => (state = (state * 48_271) % 2_147_483_647) % limit;
};

/** A shop uses few of the text's words. */
const generatedTitles = (): Promise<WordLines> => {
  const below = randomBelow();
  const lines = Array.from({ length: LINES / 4 }, () => `w${below(6) + below(6)} w${below(6)}`);
  return readWords(lines, TOKENIZERS.title);
};

const generatedSplit = async (options: Partial<SplitOptions> = {}): Promise<SplitText> =>
  splitText(await generatedText(), { vocabularySize: 10_000, ...options });

const splitWithShop = async (): Promise<SplitText> => generatedSplit({ shop: await generatedTitles() });

const settingsOf = (kind: LanguageModelKind): LanguageSettings => ({
  kind,
  tokenizer: 'title',
  vocabulary: 10_000,
  order: 3,
  ...(kind !== 'ngram' && {
    network: { embedding: 8, ...(kind !== 'transformer' && { hidden: 12 }), layers: 1, epochs: 2, learningRate: 0.002 },
  }),
});

const learn = async (kind: LanguageModelKind, over: Partial<LanguageLearningOptions> = {}) => {
  const options: LanguageLearningOptions = {
    split: await generatedSplit(),
    settings: settingsOf(kind),
    checkpoints: join(folder, 'checkpoints'),
    threads: 1,
    now: () => 0,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onResume: () => undefined,
    ...over,
  };
  return { ...options, learned: await learnLanguageModel(options) };
};

test.each<[LanguageModelKind, () => Promise<SplitText>, readonly string[]]>([
  ['ngram', generatedSplit, ['n-gram 3']],
  ['lstm', generatedSplit, ['network']],
  ['transformer', generatedSplit, ['network']],
  ['fused', generatedSplit, ['n-gram 1', 'n-gram 3', 'cache 5', 'cache 40', 'network']],
  ['fused', splitWithShop, ['n-gram 1', 'n-gram 3', 'cache 5', 'cache 40', 'shop', 'network']],
])('a model of kind %s scores from its files what it was measured to score', async (kind, parts, names) => {
  const { learned, split } = await learn(kind, { split: await parts() });
  const { model, network, components, fusion } = learned;
  expect(components.map(({ name }) => name)).toEqual(names);
  expect(model).toMatchObject({ kind, tokenizer: 'title' });
  expect(network === undefined).toBe(kind === 'ngram');

  for (const [name, content] of Object.entries(languageModelFiles(model, network).beside)) {
    await writeFile(join(folder, name), content);
  }
  const session = network === undefined ? undefined : await openSession(network.toBuffer());
  const read = nextWordModelOf(await readLanguageModel(folder), session && ((feeds) => session.run(feeds)));
  const measured = fusion ?? components[0];
  expect(await perplexity(read, split.validation)).toBeCloseTo(measured?.validation as number, 3);
  expect(await perplexity(read, split.test)).toBeCloseTo(measured?.test as number, 3);
  await session?.close();
});

test('a fusion is better than each of its components on what it was fitted to', async () => {
  const { components, fusion } = (await learn('fused')).learned;
  for (const { validation } of components) expect(fusion?.validation).toBeLessThan(validation);
});

test('a shop’s words are likelier to a fusion that knows its catalog', async () => {
  const settings: LanguageSettings = { ...settingsOf('ngram'), kind: 'fused' };
  const split = await splitWithShop();
  const { vocabulary, train, validation, test: held } = split;
  const titles = Corpus.ofLines(await generatedTitles(), vocabulary, (line) => line % 10 === 9);
  const ofTitles = async (parts: SplitText): Promise<number> => {
    const { learned } = await learn('fused', { split: parts, settings });
    return perplexity(nextWordModelOf(learned.model), titles);
  };
  const known = await ofTitles(split);
  expect(known).toBeLessThan((await ofTitles(await generatedSplit())) / 2);
  // It is not only that lines of the catalog weigh the other parts.
  expect(known).toBeLessThan(0.7 * (await ofTitles({ vocabulary, train, validation, test: held })));
});

test('a shop’s own words are refused where they have no part', async () => {
  await expect(learn('ngram', { split: await splitWithShop() })).rejects.toMatchObject({ code: 'bad-option' });
});

test('the test part decides nothing', async () => {
  const { learned, split } = await learn('fused');
  const other = await learn('fused', { split: { ...split, test: split.train }, checkpoints: join(folder, 'other') });
  expect(other.learned.model.recipe).toEqual(learned.model.recipe);
  expect(other.learned.network?.toBuffer().equals(learned.network?.toBuffer() as Buffer)).toBe(true);
  expect(other.learned.fusion?.test).not.toBe(learned.fusion?.test);
});

test('progress goes up to the whole, with the network’s epochs as milestones', async () => {
  const told: (readonly [share: number, note: string, milestone: boolean])[] = [];
  await learn('fused', { onProgress: (share, note, milestone = false) => told.push([share, note, milestone]) });
  const shares = told.map(([share]) => share);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect([shares[0], (shares.at(-1) as number) > 0.9 && (shares.at(-1) as number) <= 1]).toEqual([0, true]);
  expect(told.filter(([, , milestone]) => milestone).map(([, note]) => note.slice(0, 13))).toEqual([
    'epoch 1 of 2:',
    'epoch 2 of 2:',
  ]);
  expect(told.at(-1)?.[1]).toMatch(/^putting the models together: perplexity \d/);
});

test.each([
  ['the n-grams', 'counting n-grams'],
  ['the network', 'epoch 1 of 2'],
  ['the fusion', 'measuring'],
])('Ctrl-C during %s ends it', async (_, during) => {
  const interrupted = new AbortController();
  const notes: string[] = [];
  const learning = learn('fused', {
    signal: interrupted.signal,
    onProgress: (_share, note) => {
      notes.push(note);
      if (note.startsWith(during)) interrupted.abort(new Error('interrupted'));
    },
  });
  await expect(learning).rejects.toThrow('interrupted');
  expect(notes.at(-1)).toContain(during);
});

test('a loss that is no number stops the training', async () => {
  const settings = settingsOf('lstm');
  const wild = { ...settings, network: { embedding: 8, hidden: 12, layers: 1, epochs: 2, learningRate: 1e38 } };
  await expect(learn('lstm', { settings: wild })).rejects.toMatchObject({
    code: 'not-finite',
    message: expect.stringMatching(/^step \d+: the [a-z ]+ is NaN\. /) as string,
  });
});
