import { SeededRandom } from '@offerstream/autodiff';
import { randomTitle } from '../random-titles.fixture.js';
import { startOf, textOf, WordPositions } from './word-positions.js';

const random = new SeededRandom(3).next;
const texts: string[] = [];
const positions = new WordPositions(texts);
const present = new Set<number>();

/** What is read from each word of each text that is there, in order, equal ones by text. */
const suffixes = (): { suffix: string; text: number }[] =>
  [...present]
    .flatMap((text) => {
      const words = (texts[text] as string).split(' ');
      return words.map((_, index) => ({ suffix: words.slice(index).join(' '), text }));
    })
    .sort((a, b) => (a.suffix < b.suffix ? -1 : a.suffix > b.suffix ? 1 : a.text - b.text));

const read = (prefix: string): { suffix: string; text: number }[] => {
  const found: { suffix: string; text: number }[] = [];
  positions.forEach(prefix, (position) => {
    const text = textOf(position);
    found.push({ suffix: (texts[text] as string).slice(startOf(position)), text });
  });
  return found;
};

/** Nothing may depend on a text that is gone. */
const remove = (text: number): void => {
  positions.removeText(text);
  present.delete(text);
  texts[text] = '';
};

const check = (): void => {
  const expected = suffixes();
  expect(positions.size).toBe(expected.length);
  expect(read('')).toEqual(expected);
  for (const prefix of [
    'a',
    'ab',
    'b ',
    'ca a',
    'eee',
    'f',
    ...Array.from({ length: 20 }, () => randomTitle(random)),
  ]) {
    const matching = expected.filter(({ suffix }) => suffix.startsWith(prefix));
    expect(read(prefix)).toEqual(matching);
    expect(positions.count(prefix)).toBe(matching.length);
    const next = [...new Set(matching.map(({ suffix }) => suffix.charAt(prefix.length)))].filter((one) => one !== '');
    expect(positions.nextCharacters(prefix, 64)).toEqual(next.sort());
    expect(positions.nextCharacters(prefix, 2)).toEqual(next.slice(0, 2));
  }
};

test('it holds what is read from every word, in order, as texts come and go', () => {
  check();
  for (let round = 0; round < 4; round++) {
    for (let step = 0; step < 1200; step++) {
      if (random() < (round % 2 === 0 ? 0.8 : 0.2)) {
        texts.push(randomTitle(random));
        positions.addText(texts.length - 1);
        present.add(texts.length - 1);
      } else {
        const all = [...present];
        const text = all[Math.floor(random() * all.length)];
        if (text === undefined) continue;
        remove(text);
      }
    }
    check();
    if (round === 1) {
      for (const text of present) remove(text);
      check();
    }
  }
});
