import { SeededRandom } from '@offerstream/autodiff';
import { evaluateSuggest, type NamePurchase } from './evaluate-suggest.js';

const DAY_MS = 86_400_000;
const NAMES = Array.from({ length: 12 }, (_, i) => `Red Bag Number ${String.fromCharCode(97 + i)}`);

const purchases = (choose: (subject: number, day: number, random: () => number) => number): NamePurchase[] => {
  const random = new SeededRandom(11).next;
  return Array.from({ length: 1000 }, (_, at) => {
    const subject = Math.floor(random() * 60);
    const day = Math.floor(at / 3.4);
    return { subject: String(subject), name: NAMES[choose(subject, day, random)] as string, atMs: day * DAY_MS };
  });
};

test('where shoppers buy the same again, habit is worth it and the most popular are not', async () => {
  const report = await evaluateSuggest(
    purchases((subject, _, random) => (random() < 0.9 ? subject % 12 : Math.floor(random() * 12))),
  );
  expect(report.questions).toEqual({ validation: 150, test: 150 });
  expect(report.weights.habit).toBeGreaterThan(0);
  expect(report.alone.habit.test).toBeGreaterThan(0.8);
  expect(report.all.test).toBeGreaterThan(0.8);
  expect(report.mostPopular.test).toBeLessThan(0.4);
});

test('where everybody buys what is new, late counts are worth it', async () => {
  const report = await evaluateSuggest(
    purchases((_, day, random) => (Math.floor(day / 40) + Math.floor(random() * 3)) % 12),
  );
  expect(report.halfLifeMs).toBeLessThanOrEqual(30 * DAY_MS);
  expect(report.alone.popularity.test).toBeGreaterThan(report.mostPopular.test + 0.1);
});

test('the most popular names are those of their reciprocal ranks', async () => {
  // One name in every two, another in every third, the last in every sixth: ranks 1, 2 and 3.
  const report = await evaluateSuggest(
    purchases((_, __, random) => [0, 0, 0, 1, 1, 2][Math.floor(random() * 6)] as number),
  );
  expect(report.mostPopular.test).toBeCloseTo(1 / 2 + 1 / 6 + 1 / 18, 1);
});

test('an interruption is heard on the way', async () => {
  const leaving = new AbortController();
  const report = evaluateSuggest(
    purchases(() => 0),
    leaving.signal,
  );
  leaving.abort(new Error('gone'));
  await expect(report).rejects.toThrow('gone');
});
