import { SeededRandom } from '@offerstream/autodiff';
import { Best } from './best.js';

test('the best of any numbers are those that sorting gives', () => {
  const random = new SeededRandom(1).next;
  for (const k of [0, 1, 7, 64, 1000]) {
    const scores = Array.from({ length: 500 }, () => random());
    const best = new Best(k);
    for (const [id, score] of scores.entries()) best.offer(id, score);
    const sorted = scores.map((score, id) => ({ id, score })).sort((a, b) => b.score - a.score);
    expect(best.sorted()).toEqual(sorted.slice(0, k));
    expect(best.threshold).toBe(k > 500 ? -Infinity : (sorted[k - 1]?.score ?? Infinity));
  }
});

test('among equal scores the first stay, and NaN never comes in', () => {
  const best = new Best(2);
  for (const [id, score] of [NaN, 1, 1, 1].entries()) best.offer(id, score);
  expect(best.sorted().map(({ id }) => id)).toEqual([1, 2]);
});
