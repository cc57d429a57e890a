import type { Readable } from 'node:stream';

/**
 * The lines of a text, as they become known, some at a time. Only a line feed ends a line: JSON may hold every other separator.
 *
 * @throws what the stream ends with
 */
export async function* linesOf(content: Readable): AsyncGenerator<readonly string[]> {
  content.setEncoding('utf8');
  let rest = '';
  let isFirst = true;
  for await (const chunk of content as AsyncIterable<string>) {
    const text = isFirst ? chunk.replace(/^\uFEFF/, '') : chunk;
    isFirst = false;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield lines.map(withoutReturn);
  }
  if (rest !== '') yield [withoutReturn(rest)];
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
