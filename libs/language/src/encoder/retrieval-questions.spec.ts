import { SeededRandom } from '@offerstream/autodiff';
import { retrievalQuestions } from './retrieval-questions.js';
import { titleSet } from './title-set.js';

const titles = Array.from({ length: 40 }, (_, index) => `wooden title number${index}`);
const set = titleSet([...titles, 'vase'], []);
const random = () => new SeededRandom(2).next;

test('what is held out is asked for, among all titles', () => {
  const heldOut = { titles: [9, 19, 40], sessions: [[3, 5, 7]] };
  const { candidates, questions } = retrievalQuestions(set, heldOut, 100, random());
  expect(candidates.toSorted()).toEqual(set.titles.toSorted());
  // The vase has no part.
  expect(questions.map(({ kind }) => kind)).toEqual([
    'part',
    'misspelt',
    'part',
    'misspelt',
    'partner',
    'partner',
    'partner',
  ]);
  for (const { kind, text, answer, asking } of questions) {
    if (kind === 'partner') {
      expect([3, 5, 7].map((at) => titles[at])).toEqual(expect.arrayContaining([text, candidates[answer]]));
      expect(candidates[asking ?? -1]).toBe(text);
      expect(asking).not.toBe(answer);
    } else {
      expect([titles[9], titles[19]]).toContain(candidates[answer]);
      expect(candidates[answer]?.includes(text)).toBe(kind === 'part');
    }
  }
});

test('no more is asked than is wanted, spread over what is held out', () => {
  const sessions = Array.from({ length: 20 }, (_, index) => [index, index + 1]);
  const { questions } = retrievalQuestions(set, { titles: [...titles.keys()], sessions }, 10, random());
  const ofKind = (kind: string) => questions.filter((question) => question.kind === kind);
  expect(['part', 'misspelt', 'partner'].map((kind) => ofKind(kind).length)).toEqual([10, 10, 10]);
  expect(ofKind('part').map(({ answer }) => answer)).toHaveLength(10);
  const asked = ofKind('partner').map(({ text }) => titles.indexOf(text) >> 2);
  expect(new Set(asked).size).toBeGreaterThanOrEqual(5);
});

test('among very many titles an answer is sought among ten thousand', () => {
  const many = titleSet(
    Array.from({ length: 12_000 }, (_, index) => `a title${index}`),
    [],
  );
  const { candidates, questions } = retrievalQuestions(many, { titles: [11_999], sessions: [] }, 10, random());
  expect(candidates).toHaveLength(10_000);
  expect(new Set(candidates).size).toBe(10_000);
  expect(candidates[questions[0]?.answer ?? -1]).toBe('a title11999');
});
