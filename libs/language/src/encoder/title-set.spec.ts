import { splitTitles, titleSet } from './title-set.js';

test('titles of the same words are one, and sessions name each title once', () => {
  const set = titleSet(
    ['Red mug', 'RED MUG!', '--', 'Blue lamp'],
    [['red mug', 'Blue lamp', 'Red mug'], ['Red mug', 'RED MUG!'], [], ['Green bag', '', 'Blue lamp']],
  );
  expect(set.titles).toEqual(['Red mug', 'Blue lamp', 'Green bag']);
  expect(set.words).toEqual([
    ['red', 'mug'],
    ['blue', 'lamp'],
    ['green', 'bag'],
  ]);
  expect(set.sessions).toEqual([
    [0, 1],
    [2, 1],
  ]);
});

test('titles are held out by their position, sessions by their time', () => {
  const titles = Array.from({ length: 30 }, (_, index) => `title ${index}`);
  const sessions = Array.from({ length: 25 }, (_, index) => [`title ${index}`, `title ${index + 1}`]);
  const { train, validation, test: last } = splitTitles(titleSet(titles, sessions));
  expect(validation.titles).toEqual([8, 18, 28]);
  expect(last.titles).toEqual([9, 19, 29]);
  expect(train.titles).toHaveLength(24);
  expect(train.sessions.map(([first]) => first)).toEqual(Array.from({ length: 21 }, (_, index) => index));
  expect(validation.sessions.map(([first]) => first)).toEqual([21, 22]);
  expect(last.sessions.map(([first]) => first)).toEqual([23, 24]);
});

test('of few sessions none is held out', () => {
  const { train, validation, test: last } = splitTitles(titleSet([], Array(9).fill(['a b', 'c d'])));
  expect([train, validation, last].map(({ sessions }) => sessions.length)).toEqual([9, 0, 0]);
});
