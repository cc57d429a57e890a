import { createHash } from 'node:crypto';
import { HistoryError } from './errors.js';
import { HistoryWriter } from './history-writer.js';
import type { History } from './history.js';
import type { Mapping } from './mapping.js';
import { fileSize, openFile } from './open-file.js';
import { readSegmentCalls } from './read-segment-calls.js';
import { readTable } from './read-table.js';
import { TableEvents } from './table-events.js';

export interface ReadHistoryOptions {
  /** Newline-delimited Segment calls, or tables when there is a mapping; unpacked where the name ends in `.gz`. */
  readonly files: readonly string[];
  readonly mapping?: Mapping | undefined;
  readonly signal?: AbortSignal;
  /** Told how much of all files was read, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Reads a shop's recorded events into memory, in time order. What can't be read is counted, not fatal.
 *
 * @throws HistoryError `no-file`, `columns`, `nothing-to-read`; the signal's reason when it aborts
 */
export const readHistory = async ({ files, mapping, signal, onProgress }: ReadHistoryOptions): Promise<History> => {
  const sizes = await Promise.all(files.map(fileSize));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const history = new HistoryWriter();
  const digest = createHash('sha256').update(JSON.stringify(mapping ?? null, patternsAsText));
  let bytes = 0;
  for (const file of files) {
    history.startFile(file);
    const opened = openFile(file, (read) => {
      bytes += read;
      onProgress?.(bytes / Math.max(1, total));
    });
    const stop = (): void => void opened.content.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      if (mapping === undefined) {
        await readSegmentCalls(opened.content, history);
      } else {
        const events = new TableEvents(history, mapping.currency);
        for await (const row of readTable(opened.content, mapping, history)) events.add(row);
        events.finish();
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (isDamagedArchive(error)) {
        throw new HistoryError('nothing-to-read', `${file} can't be unpacked: ${error.message}.`, error);
      }
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      opened.content.destroy();
    }
    signal?.throwIfAborted();
    digest.update(opened.digest.digest());
  }
  if (history.events.length === 0) throw nothingToRead(history, mapping);
  return {
    // Sorting is stable: events of one moment keep the order of the files.
    events: history.events.sort((a, b) => a.timeMs - b.timeMs),
    items: history.items,
    unreadable: { count: history.unreadableCount, first: history.firstUnreadable },
    skipped: history.skipped,
    digest: digest.digest('hex'),
  };
};

const patternsAsText = (_key: string, value: unknown): unknown => (value instanceof RegExp ? value.source : value);

/** zlib's errors have codes that begin so. */
const isDamagedArchive = (error: unknown): error is Error =>
  String((error as { readonly code?: unknown }).code).startsWith('Z_');

const nothingToRead = (history: HistoryWriter, mapping: Mapping | undefined): HistoryError => {
  const [first] = history.firstUnreadable;
  const because = first === undefined ? '' : ` Line ${first.line} of ${first.file}: ${first.reason}.`;
  const hint = mapping === undefined ? ' A table needs --mapping (docs/your-shop.md).' : '';
  return new HistoryError('nothing-to-read', `There is no event in these files.${because}${hint}`);
};
