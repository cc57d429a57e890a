import { vectorText, type ItemId, type ItemVectors } from '@offerstream/contracts';
import { comparableVectors } from './item-vectors.js';

const made = (version: string, ...values: number[]) => ({
  model: 'meaning',
  version,
  vector: vectorText(Float32Array.from(values)),
});

const byItem = (records: Readonly<Record<string, Omit<ItemVectors, 'id'>>>) =>
  new Map(
    Object.entries(records).map(([id, vectors]): [string, ItemVectors] => [id, { id: id as ItemId, ...vectors }]),
  );

test('vectors of another version than most are of are left out, of words and pictures each by itself', () => {
  const vectors = comparableVectors(
    byItem({
      old: { text: made('1', 1, 0), image: made('7', 0.5, 0.25) },
      shoe: { text: made('2', 0, 1) },
      sock: { text: made('2', 0.5, -1) },
    }),
  );
  expect(vectors.byItem).toEqual(
    new Map([
      ['old', { image: Float32Array.of(0.5, 0.25) }],
      ['shoe', { text: Float32Array.of(0, 1) }],
      ['sock', { text: Float32Array.of(0.5, -1) }],
    ]),
  );
  expect(vectors.encoders).toEqual({
    text: { model: 'meaning', version: '2' },
    image: { model: 'meaning', version: '7' },
  });
});

test.each([
  ['not of whole numbers', { ...made('2', 1, 0), vector: 'AAAAAAA=' }],
  ['not finite', made('2', NaN, 1)],
  ['without an end', made('2', 1, -Infinity)],
  ['0', made('2', 0, -0)],
])('a vector that is %s is left out, and says nothing of which version made the most', (_, broken) => {
  const vectors = comparableVectors(
    byItem({
      hat: { text: broken, image: made('7', 0.5, 0.25) },
      cap: { text: broken },
      shoe: { text: made('1', 0, 1) },
    }),
  );
  expect(vectors.byItem).toEqual(
    new Map([
      ['hat', { image: Float32Array.of(0.5, 0.25) }],
      ['cap', {}],
      ['shoe', { text: Float32Array.of(0, 1) }],
    ]),
  );
});
