import { besideTorch } from './beside-torch.js';
import { REFERENCE_LSTM, referenceLoss } from './reference-lstm.js';

const SETTINGS = { ...REFERENCE_LSTM.sizes, batch: 32, steps: 35, learningRate: 0.001, clipNorm: 1 };

/** A training step of the reference LSTM, with clipped gradients, beside the same in PyTorch. Its loss is about ln 10,000, and less with every step. */
export const benchLstmStep = (): Promise<string | undefined> => {
  const { batch, steps, learningRate, clipNorm } = SETTINGS;
  return besideTorch({
    bench: 'language',
    part: 'lstm-step',
    script: 'lstm-step.py',
    settings: SETTINGS,
    model: referenceLoss,
    adam: { clipNorm },
    learningRate,
    feeds: (random) => {
      const words = BigInt64Array.from({ length: (steps + 1) * batch }, () =>
        BigInt(Math.floor(random() * REFERENCE_LSTM.vocabularySize)),
      );
      return {
        tokens: { dtype: 'int64', dims: [steps, batch], data: words.slice(0, steps * batch) },
        targets: { dtype: 'int64', dims: [steps, batch], data: words.slice(batch) },
      };
    },
    counted: ['tokens', batch * steps],
  });
};
