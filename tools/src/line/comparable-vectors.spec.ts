import { comparableVectors } from './comparable-vectors.js';

const made = (version: string, ...values: number[]) => ({
  model: 'meaning',
  version,
  vector: Buffer.from(Float32Array.from(values).buffer).toString('base64'),
});

test('vectors of another version than most are of are left out, of words and pictures each by itself', () => {
  const vectors = comparableVectors(
    new Map([
      ['old', { text: made('1', 1, 0), image: made('7', 0.5, 0.25) }],
      ['shoe', { text: made('2', 0, 1) }],
      ['sock', { text: made('2', 0.5, -1) }],
    ]),
  );
  expect(vectors).toEqual(
    new Map([
      ['old', { image: Float32Array.of(0.5, 0.25) }],
      ['shoe', { text: Float32Array.of(0, 1) }],
      ['sock', { text: Float32Array.of(0.5, -1) }],
    ]),
  );
});
