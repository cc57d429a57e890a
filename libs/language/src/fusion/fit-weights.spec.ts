import { NGramModel } from '../n-gram/n-gram-model.js';
import { randomText, wordsOf } from '../n-gram/random-text.fixture.js';
import { cacheComponent } from '../next-word/cache-component.js';
import { fixedComponent } from '../next-word/fixed-component.fixture.js';
import { nGramComponent } from '../next-word/n-gram-component.js';
import { rowsOf, type NextWordModel } from '../next-word/next-word-model.js';
import { perplexity } from '../next-word/score-sentences.js';
import { Corpus } from '../text/corpus.js';
import { Vocabulary } from '../text/vocabulary.js';
import { evaluateFusion } from './evaluate-fusion.js';
import { fitWeights } from './fit-weights.js';
import { LogLinearModel } from './log-linear-model.js';
import { solvePositiveDefinite } from './solve.js';

const normalized = (values: readonly number[]): readonly number[] => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
};

/** How often each word id comes in the corpus; 1 is the sentences' end. */
const COUNTS = [2, 8, 1, 5];
const corpusOfCounts = Corpus.ofSentences([[0, 0, 2], [3, 3, 3], [3, 3], [], [], [], [], []]);

test('one component that is too flat gets the weight that mends it', async () => {
  const flat = fixedComponent('flat', normalized(COUNTS.map(Math.sqrt)));
  const { weights, perplexity: fitted } = await fitWeights([flat], corpusOfCounts);
  expect(weights[0]).toBeCloseTo(2, 4);
  const entropy = -normalized(COUNTS).reduce((sum, p) => sum + p * Math.log(p), 0);
  expect(fitted).toBeCloseTo(Math.exp(entropy), 6);
});

test('one component that is far too sharp does so, too: a whole step of Newton would go too far', async () => {
  const sharp = fixedComponent('sharp', normalized(COUNTS.map((count) => count ** 20)));
  expect((await fitWeights([sharp], corpusOfCounts)).weights[0]).toBeCloseTo(1 / 20, 4);
});

test('two components get the weights that their corpus was made with', async () => {
  const first = normalized([1, 2, 3, 4]);
  // Chosen so that first^1.5 · second^-0.7 is what was counted.
  const second = normalized(COUNTS.map((count, word) => (count / (first[word] as number) ** 1.5) ** (1 / -0.7)));
  const components = [fixedComponent('first', first), fixedComponent('second', second)];
  const { weights } = await fitWeights(components, corpusOfCounts);
  expect(weights[0]).toBeCloseTo(1.5, 3);
  expect(weights[1]).toBeCloseTo(-0.7, 3);
});

test('components that say the same share their weight, and one that says nothing does no harm', async () => {
  const flat = normalized(COUNTS.map(Math.sqrt));
  const components = [
    fixedComponent('one', flat),
    fixedComponent('other', flat),
    fixedComponent('uniform', [0.25, 0.25, 0.25, 0.25]),
  ];
  const { weights } = await fitWeights(components, corpusOfCounts);
  expect(weights[0]).toBeCloseTo(1, 3);
  expect(weights[1]).toBeCloseTo(1, 3);
  expect(weights.every(Number.isFinite)).toBe(true);
  expect((await fitWeights(components.slice(2), corpusOfCounts)).perplexity).toBeCloseTo(4, 5);
});

describe('components that depend on the history', () => {
  const V = 30;
  const vocabulary = new Vocabulary(wordsOf(V));
  const model = NGramModel.train(randomText(1, V, 300), { vocabulary, order: 3 });
  const background = new Float32Array(V);
  model.distribution([], background, 1);
  const components = [
    nGramComponent('n-gram 3', model),
    nGramComponent('n-gram 1', model, 1),
    cacheComponent('cache', { background, halfLifeWords: 3, backgroundWeight: 2 }),
  ];
  const validation = randomText(2, V, 200);

  test('every way from the weights leads down', async () => {
    const { weights, perplexity: best } = await fitWeights(components, validation);
    for (let index = 0; index < weights.length; index++) {
      for (const change of [-0.02, 0.02]) {
        const moved = weights.map((weight, at) => (at === index ? weight + change : weight));
        const other = await perplexity(new LogLinearModel('moved', components, moved), validation);
        expect(other).toBeGreaterThan(best);
      }
    }
  });

  test('each pass is told, and the last ones get no worse', async () => {
    const told: number[] = [];
    const { passes, perplexity: best } = await fitWeights(components, validation, {
      onPass: (_, value) => told.push(value),
    });
    expect(told).toHaveLength(passes);
    expect(best).toBe(Math.min(...told));
    expect(passes).toBeLessThan(10);
  });

  test('a part of the corpus gives nearly the same weights', async () => {
    const long = randomText(4, V, 2_000);
    const whole = await fitWeights(components, long);
    const looked: number[] = [];
    const watched = components.map((component) => ({
      ...component,
      alongSentences: (...[chunk, out]: Parameters<NextWordModel['alongSentences']>) => {
        looked.push(rowsOf(chunk));
        return component.alongSentences(chunk, out);
      },
    }));
    const part = await fitWeights(watched, long, { predictions: 3_000 });
    const rows = looked.reduce((sum, count) => sum + count, 0) / components.length / part.passes;
    expect(rows).toBeLessThan(3_500);
    const model = new LogLinearModel('part', components, part.weights);
    expect(await perplexity(model, long)).toBeLessThan(1.002 * whole.perplexity);
  });

  test('a report has each component and the fusion on both parts', async () => {
    const test = randomText(3, V, 200);
    const { model: fusion, report } = await evaluateFusion(components, { validation, test });
    expect(report.components.map(({ name, weight }) => [name, weight])).toEqual(
      components.map(({ name }, index) => [name, fusion.weights[index]]),
    );
    for (const [index, component] of components.entries()) {
      expect(report.components[index]?.validation).toBeCloseTo(await perplexity(component, validation), 8);
      expect(report.components[index]?.test).toBeCloseTo(await perplexity(component, test), 8);
    }
    expect(report.fusion.validation).toBeCloseTo(await perplexity(fusion, validation), 8);
    expect(report.fusion.test).toBeCloseTo(await perplexity(fusion, test), 8);
    expect(report.fusion.validation).toBeLessThan(Math.min(...report.components.map((part) => part.validation)));
  });
});

test('components of different vocabularies, no components and wrong weights are refused', async () => {
  const two = fixedComponent('two', [0.5, 0.5]);
  const three = fixedComponent('three', [0.5, 0.25, 0.25]);
  await expect(fitWeights([two, three], corpusOfCounts)).rejects.toMatchObject({ code: 'vocabularies-differ' });
  await expect(fitWeights([], corpusOfCounts)).rejects.toMatchObject({ code: 'bad-option' });
  await expect(fitWeights([two], Corpus.ofSentences([]))).rejects.toMatchObject({ code: 'nothing-to-learn-from' });
  for (const weights of [[], [1, 2], [Number.NaN]]) {
    expect(() => new LogLinearModel('fusion', [two], weights)).toThrow('finite weight');
  }
});

test('a system of equations is solved', () => {
  const matrix = Float64Array.of(4, 2, 0.6, 2, 5, 1, 0.6, 1, 3);
  const x = [1, -2, 3];
  const right = Float64Array.from([0, 1, 2], (row) =>
    x.reduce((sum, value, column) => sum + value * (matrix[row * 3 + column] as number), 0),
  );
  for (const [index, value] of solvePositiveDefinite(matrix, right).entries())
    expect(value).toBeCloseTo(x[index] as number, 12);
});
