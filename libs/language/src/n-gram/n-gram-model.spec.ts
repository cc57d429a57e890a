import { Corpus } from '../text/corpus.js';
import { Vocabulary } from '../text/vocabulary.js';
import { kneserNeyByDefinition } from './kneser-ney.fixture.js';
import { randomText, wordsOf } from './random-text.fixture.js';
import { NGramModel } from './n-gram-model.js';

const VOCABULARY = new Vocabulary(['<unk>', '</s>', 'a', 'b']);
const [END, A, B] = [1, 2, 3] as const;

test('a text that was worked out by hand', () => {
  // "a b", "a b a": too small to estimate discounts from, so 0.5, 1 and 1.5 are taken off the counts 1, 2 and more.
  const model = NGramModel.train(
    Corpus.ofSentences([
      [A, B],
      [A, B, A],
    ]),
    { vocabulary: VOCABULARY, order: 2 },
  );
  // Different words before </s>, a and b: 2, 2 and 1; the discounts 1, 1 and 0.5 go to four words alike.
  const rest = 2.5 / 4;
  const unigram = { end: (1 + rest) / 5, a: (1 + rest) / 5, b: (0.5 + rest) / 5, unknown: rest / 5 };
  // After the start: a twice. After a: b twice, </s> once. After b: </s> and a once.
  const close = (history: readonly number[], word: number, probability: number) =>
    expect(Math.exp(model.logProbability(history, word))).toBeCloseTo(probability, 12);
  close([], A, 1 / 2 + (1 / 2) * unigram.a);
  close([], B, (1 / 2) * unigram.b);
  close([A], B, 1 / 3 + (1.5 / 3) * unigram.b);
  close([A], END, 0.5 / 3 + (1.5 / 3) * unigram.end);
  close([B, A, B], END, 0.5 / 2 + (1 / 2) * unigram.end);
  close([B], 0, (1 / 2) * unigram.unknown);
  // A context that was never seen changes nothing.
  close([0], A, unigram.a);
});

test.each([1, 2, 3, 4])('any text of order %p has the probabilities of the definition', (order) => {
  const text = randomText(5, 25, 250);
  const model = NGramModel.train(text, { vocabulary: new Vocabulary(wordsOf(25)), order });
  const expected = kneserNeyByDefinition(text, 25, order);
  for (const sentence of [...randomText(6, 25, 30).sentences(), ...[...text.sentences()].slice(0, 30)]) {
    for (const [at, word] of [...sentence, END].entries()) {
      const history = [...sentence.subarray(0, at)];
      expect(Math.exp(model.logProbability(history, word))).toBeCloseTo(expected(history, word), 12);
    }
  }
});

describe.each([1, 2, 3, 5])('order %p', (order) => {
  const text = randomText(7, 30, 400);
  const vocabulary = new Vocabulary(wordsOf(30));
  const model = NGramModel.train(text, { vocabulary, order });
  const sentences = [...randomText(8, 30, 40).sentences()];
  const out = new Float32Array(vocabulary.size);

  test('every distribution sums to 1 and agrees with the words one by one', () => {
    for (const sentence of sentences) {
      for (let length = 0; length <= sentence.length; length++) {
        const history = sentence.subarray(0, length);
        model.distribution(history, out);
        expect(out.reduce((sum, logProbability) => sum + Math.exp(logProbability), 0)).toBeCloseTo(1, 5);
        for (const word of [0, 1, 2, 17, 29]) expect(out[word]).toBeCloseTo(model.logProbability(history, word), 4);
      }
    }
  });

  test('a sentence scored at once agrees with its words one by one and with its distributions', () => {
    for (const sentence of sentences) {
      const scores = model.scoreSentence(sentence);
      const rows = new Float32Array((sentence.length + 1) * vocabulary.size);
      model.distributions(sentence, rows);
      for (const [at, word] of [...sentence, END].entries()) {
        expect(scores[at]).toBeCloseTo(model.logProbability(sentence.subarray(0, at), word), 10);
        expect(rows[at * vocabulary.size + word]).toBeCloseTo(scores[at] as number, 4);
      }
    }
  });

  test('the shorter distributions that it is interpolated from sum to 1 and look at so many words only', () => {
    const other = new Float32Array(vocabulary.size);
    for (let shorter = 1; shorter <= order; shorter++) {
      const words = [5, 2, 3, 4, 2].slice(0, shorter - 1);
      model.distribution([2, 3, 2, 4, 2, ...words], out, shorter);
      model.distribution([3, 2, 5, 3, 3, ...words], other, shorter);
      expect(out).toEqual(other);
      expect(out.reduce((sum, logProbability) => sum + Math.exp(logProbability), 0)).toBeCloseTo(1, 5);
    }
  });

  test('a sentence that has ended is forgotten', () => {
    for (const word of [2, 3, END]) {
      expect(model.logProbability([2, 3, END, 4], word)).toBeCloseTo(model.logProbability([4], word), 12);
    }
  });
});

test('nothing is pruned: every n-gram of the text is in the model', () => {
  const text = randomText(9, 30, 300);
  const model = NGramModel.train(text, { vocabulary: new Vocabulary(wordsOf(30)), order: 3 });
  const seen = new Set<string>();
  for (const sentence of text.sentences()) {
    const ids = [END, ...sentence, END];
    for (let at = 2; at < ids.length; at++) seen.add(ids.slice(at - 2, at + 1).join(' '));
  }
  expect(model.levels.at(-1)?.words).toHaveLength(seen.size);
});

test('an order out of range and a text without sentences are refused', () => {
  const corpus = Corpus.ofSentences([[A]]);
  for (const order of [0, 11, 2.5]) {
    expect(() => NGramModel.train(corpus, { vocabulary: VOCABULARY, order })).toThrow('1 to 10');
  }
  expect(() => NGramModel.train(Corpus.ofSentences([]), { vocabulary: VOCABULARY, order: 2 })).toThrow('no sentences');
});
