import { termsOf } from './terms.js';

test.each([
  ['The SET of 3 Cake Tins', ['set', '3', 'cake', 'tins']],
  ["children's T-light", ['children', 'childrens', 'light', 'tlight']],
  ['Café 1,000', ['cafe', '1', '000', '1000']],
  ['the of and', []],
])('%j is found by %j', (text, terms) => {
  expect(termsOf(text)).toEqual(terms);
});
