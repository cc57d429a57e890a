import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, takeLock } from '@offerstream/infra';
import { ReplayError } from './errors.js';
import { Outcomes, type JournalEntry } from './outcomes.js';

/**
 * Keeps what is known of a replay in a file, so that it goes on after any end of its process. A file that grows line by line: what
 * a process had not written when it was killed is found out again.
 */
export class Journal {
  private constructor(
    readonly outcomes: Outcomes,
    readonly file: number,
    readonly release: () => void,
  ) {}

  /**
   * Opens the journal of a replay, and keeps other processes out of it.
   *
   * @param events how many the replay has
   * @param restart forgets what was there
   * @throws ReplayError `in-use`
   */
  static async open(folder: string, events: number, restart: boolean): Promise<Journal> {
    await mkdir(folder, { recursive: true });
    const lock = takeLock(join(folder, 'lock'));
    if (!lock.ok) {
      const { pid, host } = lock.holder;
      throw new ReplayError('in-use', true, `Process ${pid} on ${host} replays this history. Wait for it, or stop it.`);
    }
    const path = join(folder, 'journal.ndjson');
    if (restart) await rm(path, { force: true });
    const outcomes = new Outcomes(events);
    const text = readText(path);
    // A line that was cut off by the end of its process has no end.
    const whole = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(0, whole).split('\n')) {
      if (line !== '') outcomes.take(JSON.parse(line) as JournalEntry);
    }
    if (whole < text.length) truncateSync(path, Buffer.byteLength(text.slice(0, whole)));
    return new Journal(outcomes, openSync(path, 'a'), lock.release);
  }

  /** Writes the entries and takes them into the outcomes. */
  append(entries: readonly JournalEntry[]): void {
    if (entries.length === 0) return;
    writeSync(this.file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    for (const entry of entries) this.outcomes.take(entry);
  }

  close(): void {
    closeSync(this.file);
    this.release();
  }
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
};
