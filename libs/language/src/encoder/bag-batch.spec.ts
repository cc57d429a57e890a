import { bagBatch } from './bag-batch.js';
import { BAG_TRAINING } from './embedding-bag.js';
import type { TitlePair } from './title-pairs.js';

const IDS: readonly (readonly number[])[] = [[7, 3, 7], [3, 9], [4], [9, 4]];
const SHARES = [0.5, 0.25, 0.125, 0.125];
const batch = (pairs: readonly TitlePair[]) =>
  bagBatch(
    pairs,
    (title, part) => (part === undefined ? (IDS[title] ?? []) : [100 + part.length]),
    (title) => SHARES[title] ?? 0,
    ['words', 'sessions'],
  );
const PAIRS: readonly TitlePair[] = [
  { anchor: 0, part: ['two', 'words'], positive: 0 },
  { anchor: 1, positive: 2 },
  { anchor: 3, positive: 0 },
  { anchor: 2, positive: 1 },
];
const rows = ({ data, dims }: { readonly data: ArrayLike<number | bigint>; readonly dims: readonly number[] }) => {
  const [height = 0, width = 0] = dims;
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) => Number(data[row * width + column])),
  );
};

test('each id is there once, and each text says how often it has it', () => {
  const { ids, anchors, positives } = batch(PAIRS) as Record<string, Parameters<typeof rows>[0]>;
  expect(Array.from(ids?.data ?? [], Number)).toEqual([102, 3, 9, 4, 7]);
  expect(rows(anchors as NonNullable<typeof anchors>)).toEqual([
    [1, 0, 0, 0, 0],
    [0, 1, 1, 0, 0],
    [0, 0, 1, 1, 0],
    [0, 0, 0, 1, 0],
  ]);
  expect(rows(positives as NonNullable<typeof positives>)).toEqual([
    [0, 1, 0, 0, 2],
    [0, 0, 0, 1, 0],
    [0, 1, 0, 0, 2],
    [0, 1, 1, 0, 0],
  ]);
});

test('a frequent positive counts less, and neither the positive nor the anchor is a negative of its pair', () => {
  const corrections = rows(batch(PAIRS)[BAG_TRAINING.corrections] as Parameters<typeof rows>[0]);
  const [often, rare, seldom] = [Math.log(2), Math.log(8), Math.log(4)].map(
    (value) => expect.closeTo(value, 5) as number,
  );
  const no = -1e9;
  expect(corrections).toEqual([
    [often, rare, no, seldom],
    [often, rare, often, no],
    [no, rare, often, seldom],
    [often, no, often, seldom],
  ]);
});

test('a part teaches words, a title of the same session the other view', () => {
  const feeds = batch(PAIRS);
  const taught = (view: 'words' | 'sessions') => Array.from(feeds[BAG_TRAINING.teaches(view)]?.data ?? [], Number);
  expect(taught('words')).toEqual([1, 0, 0, 0]);
  expect(taught('sessions')).toEqual([0, 1, 1, 1]);
});
