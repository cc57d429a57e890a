import { Readable } from 'node:stream';
import { ndjsonLines } from './ndjson-lines.js';

const linesOf = async (chunks: readonly string[], maxLineBytes = 10) => {
  const lines: [number, string | undefined][] = [];
  for await (const { number, bytes } of ndjsonLines(
    Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
    maxLineBytes,
  )) {
    lines.push([number, bytes?.toString()]);
  }
  return lines;
};

it('cuts at newlines wherever the chunks are cut', async () => {
  const expected = [
    [1, 'one'],
    [2, 'two'],
    [3, 'thrée'],
  ];
  const text = 'one\ntwo\nthrée';
  expect(await linesOf([text])).toEqual(expected);
  expect(await linesOf(Array.from(text))).toEqual(expected);
  expect(await linesOf([`${text}\n`])).toEqual(expected);
});

it('leaves blank lines out and counts them', async () => {
  expect(await linesOf(['\n\r\n', ' \t\na'])).toEqual([[4, 'a']]);
});

it('keeps only the number of a line that is too long, and goes on after it', async () => {
  expect(await linesOf(['01234567890', '1234\nshort\n', '0123456789', '\n', 'x'.repeat(30)])).toEqual([
    [1, undefined],
    [2, 'short'],
    [3, '0123456789'],
    [4, undefined],
  ]);
});

it('an empty body has no lines', async () => {
  expect(await linesOf([])).toEqual([]);
});
