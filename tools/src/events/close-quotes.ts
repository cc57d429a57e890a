/** A quoted field may go over so many lines; one that goes on is taken for a quote that was never closed. */
const MAX_LINES_OF_A_FIELD = 20;

/**
 * Takes lines with a quote that is never closed out of a table, since the rest of the file would be one field of theirs. An empty line
 * stands in their place, so that the others keep their numbers.
 *
 * @param onUnclosed told the line's number, counted from 1
 */
export async function* closeQuotes(
  chunks: AsyncIterable<readonly string[]>,
  delimiter: string,
  onUnclosed: (line: number) => void,
): AsyncGenerator<string> {
  let number = 0;
  let open: string[] = [];

  /** What a line completes: nothing while a field goes on. */
  const take = (line: string): readonly string[] => {
    const lines = [...open, line];
    if (!endsInQuotes(lines.join('\n'), delimiter)) {
      open = [];
      number += lines.length;
      return lines;
    }
    if (lines.length < MAX_LINES_OF_A_FIELD) {
      open = lines;
      return NOTHING;
    }
    return giveUp(lines);
  };
  const giveUp = (lines: readonly string[]): readonly string[] => {
    number += 1;
    onUnclosed(number);
    open = [];
    return ['', ...lines.slice(1).flatMap(take)];
  };

  for await (const lines of chunks) {
    const closed: string[] = [];
    for (const line of lines) {
      if (open.length > 0 || line.includes('"')) {
        closed.push(...take(line));
      } else {
        number += 1;
        closed.push(line);
      }
    }
    if (closed.length > 0) yield `${closed.join('\n')}\n`;
  }
  while (open.length > 0) yield `${giveUp(open).join('\n')}\n`;
}

const NOTHING: readonly string[] = [];

/** A quote opens a field at its beginning only, and is doubled within it. */
const endsInQuotes = (text: string, delimiter: string): boolean => {
  let isQuoted = false;
  let isStart = true;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isQuoted) {
      if (character !== '"') continue;
      if (text[at + 1] === '"') at += 1;
      else isQuoted = false;
    } else if (character === '"' && isStart) {
      isQuoted = true;
    }
    isStart = !isQuoted && (character === delimiter || character === '\n');
  }
  return isQuoted;
};
