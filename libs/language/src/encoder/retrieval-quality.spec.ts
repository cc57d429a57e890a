import { byCommonWords, byEmbedding, retrievalQuality, type Ranking } from './retrieval-quality.js';
import type { Question, Questions } from './retrieval-questions.js';

const candidates = Array.from({ length: 20 }, (_, index) => `title ${index}`);
const asked = (...questions: readonly Question[]): Questions => ({ candidates, questions });
const fixed = (...rows: readonly (readonly number[])[]): Ranking =>
  async function* () {
    for (const row of rows) yield await Promise.resolve(Float32Array.from(row));
  };
/** The candidates in order, the first the nearest. */
const inOrder = candidates.map((_, index) => -index);

test('recall counts the answers among the ten nearest, and each answer counts 1 / rank', async () => {
  const questions = asked(
    { kind: 'part', text: '', answer: 0 },
    { kind: 'part', text: '', answer: 9 },
    { kind: 'part', text: '', answer: 10 },
    { kind: 'partner', text: '', answer: 1, asking: 0 },
  );
  expect(await retrievalQuality(fixed(inOrder, inOrder, inOrder, inOrder), questions)).toEqual({
    part: { questions: 3, recallAt10: 2 / 3, meanReciprocalRank: (1 + 1 / 10 + 1 / 11) / 3 },
    // The title that asks is in front, and does not count.
    partner: { questions: 1, recallAt10: 1, meanReciprocalRank: 1 },
  });
});

test.each([1, NaN])('a ranking that can not tell titles apart gets what chance gets: all are %p', async (nearness) => {
  const ranking = fixed(inOrder.map(() => nearness));
  const { part } = await retrievalQuality(ranking, asked({ kind: 'part', text: '', answer: 0 }));
  expect(part?.meanReciprocalRank).toBe(1 / 10.5);
});

test('by embedding, the nearest is that of the largest cosine', async () => {
  const vectors: Readonly<Record<string, readonly number[]>> = { a: [1, 0], b: [0, 1], c: [0.6, 0.8], q: [0.8, 0.6] };
  const embed = (texts: readonly string[]) =>
    Promise.resolve(Float32Array.from(texts.flatMap((text) => vectors[text] ?? [])));
  const rows: number[][] = [];
  for await (const row of byEmbedding(embed)({
    candidates: ['a', 'b', 'c'],
    questions: ['q', 'b'].map((text) => ({ kind: 'part', text, answer: 0 })),
  })) {
    rows.push(Array.from(row));
  }
  expect(rows.flat()).toEqual([0.8, 0.6, 0.96, 0, 1, 0.8].map((value) => expect.closeTo(value, 6) as number));
});

test('by common words, a rare word counts more than a frequent one, and a short title more than a long', async () => {
  const questions: Questions = {
    candidates: ['red mug', 'red lamp', 'red bag', 'blue lamp', 'red mug with a handle'],
    questions: [{ kind: 'part', text: 'red lamp mug', answer: 0 }],
  };
  const rows: Float32Array[] = [];
  for await (const row of byCommonWords(questions)) rows.push(row.slice());
  const [mug = 0, lamp = 0, bag = 0, blue = 0, handle = 0] = rows[0] ?? [];
  expect(mug).toBeCloseTo(lamp, 6);
  expect(mug).toBeGreaterThan(blue);
  expect(blue).toBeGreaterThan(bag);
  expect(mug).toBeGreaterThan(handle);
  expect(handle).toBeGreaterThan(0);
});
