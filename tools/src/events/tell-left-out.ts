import type { History } from './history.js';

const SHOWN = 5;

/** Says on stderr which rows became no events, and why. */
export const tellWhatWasLeftOut = ({ unreadable, skipped }: History): void => {
  for (const [because, rows] of skipped) process.stderr.write(`left out: ${rows} rows (${because})\n`);
  if (unreadable.count === 0) return;
  process.stderr.write(`not readable: ${unreadable.count} rows\n`);
  for (const { file, line, reason } of unreadable.first.slice(0, SHOWN)) {
    process.stderr.write(`  ${file}, line ${line}: ${reason}\n`);
  }
};
