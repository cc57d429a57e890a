import { StopTexts } from './stop-texts.js';

/** What is shown after each piece, and whether it ended there. */
const shown = (stops: readonly string[], pieces: readonly string[]): readonly string[] => {
  const texts = new StopTexts(stops);
  let text = '';
  return pieces.map((piece) => {
    text += piece;
    const { upTo, isStopped } = texts.add(piece);
    return text.slice(0, upTo) + (isStopped ? ' |' : '');
  });
};

it.each([
  ['nothing is held back without stop texts', [], ['red', ' mug'], ['red', 'red mug']],
  ['a text ends before a stop text', ['mug'], ['red', ' mug', ' tree'], ['red', 'red  |', 'red  |']],
  ['a stop text may lie across words', ['ed m'], ['red', ' mug'], ['r', 'r |']],
  [
    'what could become one is held back until it can’t',
    ['red mugs'],
    ['red', ' mug', ' tree'],
    ['', '', 'red mug tree'],
  ],
  ['the first of several counts', ['tree', 'mug'], ['mug tree'], [' |']],
  ['one may begin inside another beginning', ['aab'], ['a', 'a', 'a', 'b'], ['', '', 'a', 'a |']],
])('%s', (_, stops, pieces, expected) => {
  expect(shown(stops, pieces)).toEqual(expected);
});
