import type { History } from './history.js';
import { loadMapping } from './mapping.js';
import { readHistory, type ReadHistoryOptions } from './read-history.js';

/** As `--events` and `--mapping` name it. */
export interface RecordedEvents extends Omit<ReadHistoryOptions, 'mapping'> {
  /** A file, or the name of a mapping that is known; without one the files hold Segment calls. */
  readonly mapping: string | undefined;
}

/**
 * Reads recorded events and, before them, the mapping that says how.
 *
 * @throws HistoryError; the signal's reason when it aborts
 */
export const readRecorded = async ({ mapping, ...options }: RecordedEvents): Promise<History> =>
  readHistory({ ...options, mapping: mapping === undefined ? undefined : await loadMapping(mapping) });
