import { posterior } from '../stored/posterior.js';
import { trainGaussianHead } from './gaussian-head.js';
import { cloud } from './heads.fixture.js';
import { HEAD_KINDS, type Head, type HeadKind } from './head.js';
import { trainLogisticHead, type HeadTraining } from './logistic-head.js';
import type { LabelledRows } from './feature-rows.js';

const CLASSES = 3;
const SHAPE = { classes: CLASSES, dimensions: 6, noise: 0.6 };
const training = (): HeadTraining => ({
  train: cloud({ seed: 1, count: 800, ...SHAPE }),
  validation: cloud({ seed: 2, count: 400, ...SHAPE }),
  classes: CLASSES,
  parts: [4, 2],
});
const TRAIN: Readonly<Record<HeadKind, (training: HeadTraining) => Promise<Head>>> = {
  logistic: trainLogisticHead,
  gaussian: trainGaussianHead,
};

const probabilitiesOf = ({ weights, bias, priors }: Head, { data, dimensions }: LabelledRows, row: number) => {
  const scores = Float64Array.from(bias);
  for (let at = 0; at < dimensions * CLASSES; at++) {
    const c = at % CLASSES;
    const feature = data[row * dimensions + Math.floor(at / CLASSES)] as number;
    scores[c] = (scores[c] as number) + feature * (weights[at] as number);
  }
  return posterior(scores, priors);
};

/** What is known of the cloud: its noise is of equal spread in all directions. */
const best = ({ data, dimensions }: LabelledRows, row: number) => {
  const own = data.subarray(row * dimensions, row * dimensions + CLASSES);
  const squares = SHAPE.noise ** 2;
  return posterior(
    Array.from(own, (value) => value / squares),
    [0.5, 0.25, 0.25],
  );
};

describe.each(HEAD_KINDS)('a %s head', (kind) => {
  test('says of photos that it has not seen nearly what is known of how they were made', async () => {
    const head = await TRAIN[kind](training());
    const unseen = cloud({ seed: 3, count: 500, ...SHAPE });
    let difference = 0;
    unseen.labels.forEach((_, row) => {
      const known = best(unseen, row);
      probabilitiesOf(head, unseen, row).forEach((p, c) => (difference += Math.abs(p - (known[c] as number))));
    });
    expect(head.priors[0]).toBeCloseTo(0.5, 1);
    expect(difference / unseen.labels.length / CLASSES).toBeLessThan(0.03);
  });

  test('is the same each time', async () => {
    const [one, other] = [await TRAIN[kind](training()), await TRAIN[kind](training())];
    expect(one).toEqual(other);
  });

  test('ends when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    await expect(TRAIN[kind]({ ...training(), signal })).rejects.toThrow('interrupted');
  });
});
