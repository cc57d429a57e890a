import { SeededRandom } from '@offerstream/autodiff';
import { UNKNOWN } from '@offerstream/language';
import { sampleWord, withoutUnknown } from './sampling.js';

const P = [0.1, 0.4, 0.2, 0.3];
const distribution = (): Float32Array => Float32Array.from(P, Math.log);
const shares = (options: { readonly temperature?: number; readonly topP?: number }, draws = 20_000) => {
  const { next } = new SeededRandom(1);
  const counts = P.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const word = sampleWord(distribution(), { temperature: 1, topP: 1, random: next, ...options });
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
};

it('draws each word as often as it is likely', () => {
  for (const [word, share] of shares({}).entries()) expect(share).toBeCloseTo(P[word] as number, 1);
});

it('takes the likeliest at temperature 0, and others more often the hotter it is', () => {
  expect(shares({ temperature: 0 })).toEqual([0, 1, 0, 0]);
  expect(shares({ temperature: 0.2 })[1]).toBeGreaterThan(0.75);
  const [, , , hot = 0] = shares({ temperature: 2 });
  expect(hot).toBeLessThan(P[3] as number);
  expect(shares({ temperature: 2 })[0]).toBeGreaterThan(0.13);
});

it('draws from as few words as have the share together, in the proportions that they have', () => {
  const [none, most = 0, fewer, second = 0] = shares({ topP: 0.7 });
  expect([none, fewer]).toEqual([0, 0]);
  expect(most / second).toBeCloseTo(4 / 3, 1);
  expect(shares({ topP: 0.01 })).toEqual([0, 1, 0, 0]);
  expect(shares({ topP: 0.71 })[2]).toBeGreaterThan(0);
});

it('never draws the unknown word once it is taken out, however likely it was', () => {
  const scores = Float32Array.of(Math.log(0.98), Math.log(0.01), Math.log(0.01));
  withoutUnknown(scores);
  const { next } = new SeededRandom(1);
  for (let draw = 0; draw < 1_000; draw++) {
    expect(sampleWord(scores, { temperature: 2, topP: 0.5, random: next })).not.toBe(UNKNOWN);
  }
});
