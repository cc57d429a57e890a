import { posterior, priorsWith } from './posterior.js';

const closeTo = (values: ArrayLike<number>, expected: readonly number[]): void => {
  expect(values).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));
};

describe('posterior', () => {
  test('is the likelihood times the prior, over the sum of all', () => {
    closeTo(posterior([0.2, 0.4, 0.1].map(Math.log), [0.5, 0.2, 0.3]), [0.1 / 0.21, 0.08 / 0.21, 0.03 / 0.21]);
  });

  test('does not change with what all classes share, however large', () => {
    const likelihoods = [-1, 0.5, 2];
    const priors = [0.2, 0.3, 0.5];
    for (const shared of [-1e4, 1e4]) {
      closeTo(
        posterior(
          likelihoods.map((value) => value + shared),
          priors,
        ),
        [...posterior(likelihoods, priors)],
      );
    }
  });

  test('a class that can not be has none, also where it looks best', () => {
    closeTo(posterior([5, 0, 0], [0, 0.25, 0.75]), [0, 0.25, 0.75]);
  });
});

describe('priorsWith', () => {
  const model = { classes: ['hat', 'shoes', 'dress'], priors: [0.1, 0.3, 0.6] };

  test('what is known counts, the others share what is left as before', () => {
    closeTo(priorsWith(model, { dress: 0.2 }), [0.2, 0.6, 0.2]);
    closeTo(priorsWith(model, { hat: 0.5, shoes: 0.5, dress: 0 }), [0.5, 0.5, 0]);
    closeTo(priorsWith(model, {}), model.priors);
    closeTo(priorsWith(model, { hat: 1 }), [1, 0, 0]);
  });

  test.each([
    [{ hat: 0.7, shoes: 0.7 }, 'sum to 1.4'],
    [{ hat: 0.1, shoes: 0.1, dress: 0.1 }, 'of all classes they are 1 together'],
    [{ hat: -0.1 }, '"hat" is -0.1'],
    [{ hat: NaN }, '"hat" is NaN'],
    [{ boots: 0.1 }, 'there are: hat, shoes, dress'],
  ])('%p is refused', (known, part) => {
    expect(() => priorsWith(model, known)).toThrow(
      expect.objectContaining({ code: 'bad-priors', message: expect.stringContaining(part) as string }) as Error,
    );
  });
});
