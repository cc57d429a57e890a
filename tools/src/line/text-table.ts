/**
 * Rows below a head, in columns.
 *
 * @param firstNumber the columns from this one on are numbers, and stand right
 */
export const textTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  firstNumber = Infinity,
): string => {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column < firstNumber ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** A moment for people, to the minute, in UTC. */
export const minuteText = (time: string): string => time.slice(0, 16).replace('T', ' ');
