import { SeededRandom } from '@offerstream/autodiff';
import { augmentedBatch, pixelsOf, type Augmentation } from './image-batch.js';

const WIDTH = 4;
const HEIGHT = 3;
/** Each pixel's red says its column, its green its row, its blue which image it is. */
const images = [0, 1].map((image) => ({
  width: WIDTH,
  height: HEIGHT,
  data: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, place) => place).reduce(
    (data, place) => {
      data.set([place % WIDTH, Math.floor(place / WIDTH), image], 3 * place);
      return data;
    },
    new Uint8Array(WIDTH * HEIGHT * 3),
  ),
}));
const labelled = { images, labels: [7, 8] };

/** The columns of the first row and the rows of the first column of an image in a batch. */
const seen = (augmentation: Augmentation, draws: readonly number[]) => {
  const left = [...draws];
  const { pixels } = augmentedBatch(labelled, [1], augmentation, () => left.shift() ?? NaN);
  const at = (row: number, column: number, channel: number) =>
    Number(pixels?.data[3 * (row * WIDTH + column) + channel]);
  expect(left).toEqual([]);
  return {
    columns: [0, 1, 2, 3].map((column) => at(0, column, 0)),
    rows: [0, 1, 2].map((row) => at(row, 0, 1)),
  };
};

test('photos stand one after the other, as they are', () => {
  const { pixels } = pixelsOf(labelled, [1, 0]);
  expect(pixels?.dims).toEqual([2, HEIGHT, WIDTH, 3]);
  expect([...(pixels?.data ?? [])]).toEqual([...(images[1]?.data ?? []), ...(images[0]?.data ?? [])]);
});

test('labels go with their photos', () => {
  const { labels } = augmentedBatch(labelled, [1, 0, 1], { flip: true, shift: 0.5 }, new SeededRandom(1).next);
  expect(labels?.data).toEqual(BigInt64Array.of(8n, 7n, 8n));
});

test.each<[string, Augmentation, readonly number[], object]>([
  ['nothing', { flip: false, shift: 0 }, [0.9, 0.1, 0.2], { columns: [0, 1, 2, 3], rows: [0, 1, 2] }],
  ['turned', { flip: true, shift: 0 }, [0.5, 0.5, 0.4], { columns: [3, 2, 1, 0], rows: [0, 1, 2] }],
  ['not turned', { flip: true, shift: 0 }, [0.5, 0.5, 0.6], { columns: [0, 1, 2, 3], rows: [0, 1, 2] }],
  ['to the right', { flip: false, shift: 0.5 }, [1, 0.5, 0.9], { columns: [0, 0, 0, 1], rows: [0, 1, 2] }],
  ['to the left and down', { flip: false, shift: 0.34 }, [0, 1, 0.9], { columns: [1, 2, 3, 3], rows: [0, 0, 1] }],
  ['turned and to the right', { flip: true, shift: 0.25 }, [1, 0.5, 0], { columns: [3, 3, 2, 1], rows: [0, 1, 2] }],
])('a photo is moved: %s', (_, augmentation, draws, expected) => {
  expect(seen(augmentation, draws)).toEqual(expected);
});
