import { wordsMeant } from './slips.js';

const WORDS = new Set(['lamp', 'lamps', 'clamp', 'lump', 'stamp', 'mug', 'mugs', 'set12a', 'set13a', 'o'.repeat(21)]);
const meant = (typed: string) => wordsMeant(typed, new Set('abcdefghijklmnopqrstuvwxyz'), (word) => WORDS.has(word));

it.each([
  ['left out', 'lmps', ['lamps']],
  ['put in', 'lammp', ['lamp']],
  ['exchanged', 'lanp', ['lamp']],
  ['missing at the end', 'stam', ['stamp']],
  ['too many at the end', 'lampx', ['lamp', 'lamps']],
  ['swapped with the next', 'lapm', ['lamp']],
  ['swapped at the end', 'lamsp', ['lamp', 'lamps']],
])('a character may be %s', (_, typed, words) => {
  expect(meant(typed).sort()).toEqual(words);
});

it.each([
  ['the first character', 'damp'],
  ['two characters', 'lnnp'],
  ['a short word', 'mgu'],
  ['a number', 'set11a'],
  ['a serial number', 'o'.repeat(22)],
])('%s is taken as typed', (_, typed) => {
  expect(meant(typed)).toEqual([]);
});
