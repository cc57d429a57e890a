import { cloud } from '../heads/heads.fixture.js';
import { trainLogisticHead } from '../heads/logistic-head.js';
import { HeadJudge } from './head-judge.js';

const SHAPE = { classes: 3, dimensions: 6, noise: 0.8 };
const train = cloud({ seed: 1, count: 400, ...SHAPE });

const judge = async (): Promise<HeadJudge> => {
  const validation = cloud({ seed: 2, count: 200, ...SHAPE });
  const head = await trainLogisticHead({ train, validation, classes: 3, parts: [4, 2] });
  return HeadJudge.open([4, 2], { head, classes: ['a', 'b', 'c'], rows: train });
};

test('other priors are other answers: where nearly all are of one class, that is known', async () => {
  const head = await judge();
  const all = cloud({ seed: 3, count: 600, ...SHAPE });
  const ofLast = [...all.labels.keys()].filter((row) => all.labels[row] === 2);
  const rows = {
    dimensions: 6,
    data: Float32Array.from(ofLast.flatMap((row) => [...all.data.subarray(row * 6, row * 6 + 6)])),
    labels: Uint16Array.from(ofLast, () => 2),
  };
  const asLearned = await head.measure(rows);
  const known = await head.measure(rows, [0.01, 0.01, 0.98]);
  await head.close();
  expect(asLearned.accuracy).toBeLessThan(0.85);
  expect(known.accuracy).toBeGreaterThan(0.95);
});
