import type { History } from './history.js';

const SHOWN = 5;

const onStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/** Says which rows became no events, and why. @param tell writes a line; default to stderr */
export const tellWhatWasLeftOut = ({ unreadable, skipped }: History, tell = onStderr): void => {
  for (const [because, rows] of skipped) tell(`left out: ${rows} rows (${because})`);
  if (unreadable.count === 0) return;
  tell(`not readable: ${unreadable.count} rows`);
  for (const { file, line, reason } of unreadable.first.slice(0, SHOWN)) tell(`  ${file}, line ${line}: ${reason}`);
};
