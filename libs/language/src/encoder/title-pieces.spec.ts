import { SeededRandom } from '@offerstream/autodiff';
import { misspelt, partOf } from './title-pieces.js';

const WORDS = ['white', 'hanging', 'heart', 't-light', 'holder'];
const drawn = <T>(draw: (random: () => number) => T): readonly T[] => {
  const { next } = new SeededRandom(5);
  return Array.from({ length: 500 }, () => draw(next));
};

test('a part is words of a title that stand together, two at least and not all, each as likely', () => {
  const parts = drawn((random) => partOf(WORDS, random));
  for (const part of parts) {
    expect(part?.length).toBeGreaterThanOrEqual(2);
    expect(part?.length).toBeLessThan(WORDS.length);
    expect(WORDS.join(' ')).toContain(part?.join(' ') ?? 'nothing');
  }
  // 4 of two words, 3 of three, 2 of four.
  expect(new Set(parts.map((part) => part?.join(' '))).size).toBe(9);
});

test('of two words either is a part, of one none is', () => {
  expect(new Set(drawn((random) => partOf(['red', 'mug'], random)?.join(' ')))).toEqual(new Set(['red', 'mug']));
  expect(partOf(['mug'], Math.random)).toBeUndefined();
  expect(partOf([], Math.random)).toBeUndefined();
});

test('a slip leaves out, doubles or swaps a letter of one of the longer words', () => {
  const slips = new Set(drawn((random) => misspelt(['red', 'lamp'], random)?.join(' ')));
  expect(slips).toEqual(
    new Set(['amp', 'lmp', 'lap', 'llamp', 'laamp', 'lammp', 'almp', 'lmap', 'lapm'].map((lamp) => `red ${lamp}`)),
  );
  const both = drawn((random) => misspelt(['heart', 'lamp'], random) as readonly string[]);
  for (const [heart, lamp] of both) expect([heart === 'heart', lamp === 'lamp'].filter(Boolean)).toHaveLength(1);
  expect(both.some(([heart]) => heart === 'heart')).toBe(true);
  expect(both.some(([, lamp]) => lamp === 'lamp')).toBe(true);
});

test('short words alone have no slip', () => {
  expect(misspelt(['set', 'of', '6'], Math.random)).toBeUndefined();
});
