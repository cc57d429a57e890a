import { NGramModel } from '../n-gram/n-gram-model.js';
import { randomText, wordsOf } from '../n-gram/random-text.fixture.js';
import { Vocabulary } from '../text/vocabulary.js';
import { LogLinearModel } from '../fusion/log-linear-model.js';
import { cacheComponent } from './cache-component.js';
import { fixedComponent } from './fixed-component.fixture.js';
import { nGramComponent } from './n-gram-component.js';
import { expectDistributions } from './next-word-model.fixture.js';
import { rowsOf, type NextWordModel } from './next-word-model.js';
import { perplexity, scoreSentence } from './score-sentences.js';

const V = 30;
const nGrams = NGramModel.train(randomText(1, V, 300), { vocabulary: new Vocabulary(wordsOf(V)), order: 3 });
const background = new Float32Array(V);
nGrams.distribution([], background, 1);
const cache = cacheComponent('cache', { background, halfLifeWords: 3, backgroundWeight: 2 });
const trigram = nGramComponent('n-gram 3', nGrams);
const bigram = nGramComponent('n-gram 2', nGrams, 2);
const fusion = new LogLinearModel('fusion', [trigram, bigram, cache], [1.3, -0.4, 0.7]);
const text = randomText(2, V, 120);
const sentences = [...text.sentences()];

describe.each<[string, NextWordModel]>([trigram, bigram, cache, fusion].map((model) => [model.name, model]))(
  '%s',
  (_, model) => {
    test('every distribution sums to 1, along sentences as after each history', () =>
      expectDistributions(model, sentences));

    test('perplexity is that of all words and ends', async () => {
      let sum = 0;
      let count = 0;
      for (const sentence of sentences) {
        for (const score of await scoreSentence(model, sentence)) {
          sum += score;
          count += 1;
        }
      }
      expect(count).toBe(text.predictions);
      expect(await perplexity(model, text)).toBeCloseTo(Math.exp(-sum / count), 8);
    });
  },
);

test('an n-gram component scores as its model does', async () => {
  for (const sentence of sentences.slice(0, 10)) {
    const scores = await scoreSentence(trigram, sentence);
    for (const [at, score] of nGrams.scoreSentence(sentence).entries()) expect(scores[at]).toBeCloseTo(score, 4);
  }
});

test('a cache worked out by hand', async () => {
  const model = cacheComponent('cache', {
    background: Float32Array.from([0.1, 0.2, 0.3, 0.4], Math.log),
    halfLifeWords: 1,
    backgroundWeight: 0.25,
  });
  const out = new Float32Array(4);
  await model.afterHistories([Uint16Array.of(2, 3, 2)], out);
  // Words of age 2, 1 and 0 count 1/4, 1/2 and 1: with the background 2 in all.
  const expected = [0.025, 0.05, 1.25 + 0.075, 0.5 + 0.1].map((weight) => weight / 2);
  for (const [word, probability] of expected.entries())
    expect(Math.exp(out[word] as number)).toBeCloseTo(probability, 6);
});

test('a corpus is looked at wholly, in chunks that stay small', async () => {
  const long = randomText(3, V, 900);
  expect(long.predictions).toBeGreaterThan(3 * 512);
  expect(await perplexity(fixedComponent('fixed', Array<number>(V).fill(1 / V)), long)).toBeCloseTo(V, 4);
  let sum = 0;
  for (const sentence of long.sentences()) for (const score of nGrams.scoreSentence(sentence)) sum += score;
  const chunks: number[] = [];
  const watched: NextWordModel = {
    ...trigram,
    alongSentences: (chunk, out) => {
      chunks.push(rowsOf(chunk));
      return trigram.alongSentences(chunk, out);
    },
  };
  expect(await perplexity(watched, long)).toBeCloseTo(Math.exp(-sum / long.predictions), 3);
  expect(chunks.every((rows) => rows <= 512)).toBe(true);
});
