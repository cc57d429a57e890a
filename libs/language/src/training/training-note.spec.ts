import { trainingNote } from './training-note.js';

const PROGRESS = { step: 50, steps: 600, epoch: 2, tokensPerSecond: 3_480.6 };

test('says the speed, the perplexity of what was learned last, and that of what was held out before', () => {
  expect(trainingNote({ ...PROGRESS, trainPerplexity: 141.23 }, 6, 155.5)).toBe(
    'epoch 2 of 6: 3481 tokens/s, perplexity 141.2, held out 155.5',
  );
});

test('leaves out what is not known yet', () => {
  expect(trainingNote(PROGRESS, 6, undefined)).toBe('epoch 2 of 6: 3481 tokens/s');
});
