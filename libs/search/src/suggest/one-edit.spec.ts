import { SeededRandom } from '@offerstream/autodiff';
import { randomTitle } from '../random-titles.fixture.js';
import { withinOneEdit } from './one-edit.js';
import { startOf, textOf, WordPositions } from './word-positions.js';

const indexOf = (texts: readonly string[]): WordPositions => {
  const positions = new WordPositions(texts);
  for (const text of texts.keys()) positions.addText(text);
  return positions;
};

const isOneEdit = (from: string, to: string): boolean => {
  for (let at = 0; at <= from.length; at++) {
    const [head, rest] = [from.slice(0, at), from.slice(at)];
    if (head + rest.slice(1) === to || (to.startsWith(head) && to.slice(at + 1) === rest)) return true;
    if (to.startsWith(head) && to.length === from.length && to.slice(at + 1) === rest.slice(1)) return true;
    if (rest.length > 1 && head + rest.charAt(1) + rest.charAt(0) + rest.slice(2) === to) return true;
  }
  return false;
};

test('everything one edit away is found, and nothing else', () => {
  const random = new SeededRandom(4).next;
  const texts = Array.from({ length: 300 }, () => randomTitle(random));
  const positions = indexOf(texts);
  let found = 0;
  for (let typed = randomTitle(random), round = 0; round < 200; typed = randomTitle(random), round++) {
    if (typed.length < 4) continue;
    const expected = new Set<string>();
    positions.forEach('', (position) => {
      const suffix = (texts[textOf(position)] as string).slice(startOf(position));
      const prefixes = [-1, 0, 1].map((more) => suffix.slice(0, typed.length + more));
      const matches = prefixes.some((prefix) => prefix.charAt(0) === typed.charAt(0) && isOneEdit(typed, prefix));
      // One character more at the end is no edit: it goes on with what was typed.
      if (matches && !suffix.startsWith(typed)) expected.add(suffix);
    });
    const actual = new Set<string>();
    for (const prefix of withinOneEdit(positions, typed)) {
      positions.forEach(prefix, (position) => {
        const suffix = (texts[textOf(position)] as string).slice(startOf(position));
        if (!suffix.startsWith(typed)) actual.add(suffix);
      });
    }
    expect([...actual].sort()).toEqual([...expected].sort());
    found += actual.size;
  }
  expect(found).toBeGreaterThan(100);
});

test('no text is in the spans of two of the prefixes', () => {
  const prefixes = withinOneEdit(indexOf(['lunch bag', 'lnch', 'lun', 'launch']), 'lunc');
  expect(prefixes.sort()).toEqual(['launc', 'lnc', 'lun']);
});

test('short ones have none', () => {
  expect(withinOneEdit(indexOf(['bag']), 'bga')).toEqual([]);
});
