import { SeededRandom } from '@offerstream/autodiff';
import { topWords } from './top-words.js';

test('the likeliest words, best first, equals by id', () => {
  const random = new SeededRandom(1).next;
  const logs = Float32Array.from({ length: 500 }, () => -Math.floor(random() * 50));
  const sorted = [...logs.entries()].sort(([a, x], [b, y]) => y - x || a - b);
  for (const count of [0, 1, 20, 600]) {
    expect(topWords(logs, count).map(({ id, logProbability }) => [id, logProbability])).toEqual(sorted.slice(0, count));
  }
});
