import { whereToGoOn } from './where-to-go-on.js';

it.each([
  ['nothing is stored', undefined, 5],
  ['a position within the log is', 7, 7],
  ['all of the log is taken', 9, 9],
  ['the log was cut at its beginning', 3, 5],
  ['the log was made anew and has not come so far', 10, 5],
])('when %s, it goes on there', (_name, stored, next) => {
  const positions = new Map(stored === undefined ? [] : [[2, stored] as const]);
  expect(whereToGoOn(positions, new Map([[2, { begin: 5, end: 9 }]]))).toEqual(new Map([[2, next]]));
});
