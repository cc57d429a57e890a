import type { CheckedPhoto } from './check-photos.js';
import { drawSplits, givenSplits } from './draw-splits.js';

const photos = (label: string, count: number): CheckedPhoto[] =>
  Array.from({ length: count }, (_, at) => ({ path: `${label}/${at}.jpg`, label, sha256: `${label} ${at}` }));

const counts = (drawn: ReturnType<typeof drawSplits>, label: string) =>
  ['train', 'validation', 'test'].map(
    (split) => drawn.filter((photo) => photo.label === label && photo.split === split).length,
  );

test('each class is split by itself, 8 to 1 to 1', () => {
  const drawn = drawSplits([...photos('hat', 200), ...photos('dress', 30), ...photos('shoe', 3)], { seed: 7 });
  expect(counts(drawn, 'hat')).toEqual([160, 20, 20]);
  expect(counts(drawn, 'dress')).toEqual([24, 3, 3]);
  expect(counts(drawn, 'shoe')).toEqual([1, 1, 1]);
});

test('what can be in one split only is learned from', () => {
  expect(counts(drawSplits(photos('hat', 2), { seed: 7 }), 'hat')).toEqual([2, 0, 0]);
});

test('the same seed draws the same, another one something else', () => {
  const all = photos('hat', 100);
  expect(drawSplits(all, { seed: 1 })).toEqual(drawSplits(all, { seed: 1 }));
  expect(drawSplits(all, { seed: 1 })).not.toEqual(drawSplits(all, { seed: 2 }));
});

test('no more of a class are taken than asked for, drawn from all of it', () => {
  const drawn = drawSplits([...photos('hat', 100), ...photos('dress', 5)], { seed: 1, perClass: 10 });
  expect(counts(drawn, 'hat')).toEqual([8, 1, 1]);
  expect(counts(drawn, 'dress')).toEqual([3, 1, 1]);
  expect(drawn.some(({ path }) => Number(/\d+/.exec(path)?.[0]) >= 50)).toBe(true);
});

test('equal files come into one split, whatever their label', () => {
  const twice = [...photos('hat', 50), ...photos('dress', 50)].map((photo, at) => ({ ...photo, sha256: `${at % 25}` }));
  for (const same of Map.groupBy(drawSplits(twice, { seed: 3 }), ({ sha256 }) => sha256).values())
    expect(new Set(same.map(({ split }) => split)).size).toBe(1);
});

test('a split that the label file gives stays', () => {
  const [first, second] = photos('hat', 2) as [CheckedPhoto, CheckedPhoto];
  expect(givenSplits([first, second])).toBeUndefined();
  const given = { ...first, split: 'test' as const };
  expect(givenSplits([given])).toEqual([given]);
});
