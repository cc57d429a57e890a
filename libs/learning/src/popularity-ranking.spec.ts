import { PopularityRanking } from './popularity-ranking.js';
import { randomNumbers } from './random.js';

test('the ranking is that of counting and sorting, after every addition', () => {
  const random = randomNumbers(3);
  const ranking = new PopularityRanking();
  const counts = new Map<string, number>();
  for (let i = 0; i < 2000; i++) {
    const item = `i${Math.floor(random() ** 2 * 60)}`;
    ranking.add(item);
    counts.set(item, (counts.get(item) ?? 0) + 1);
    const got = ranking.ranking().map((id) => counts.get(id));
    expect(got).toEqual([...counts.values()].sort((a, b) => b - a));
    expect(new Set(ranking.ranking()).size).toBe(counts.size);
  }
});
