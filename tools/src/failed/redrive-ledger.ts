import { closeSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, takeLock } from '@offerstream/infra';
import { RedriveError } from './errors.js';
import { keyOf, type FailedPlace, type FailedRecord } from './failed-record.js';

export interface LedgerEntry extends Pick<FailedRecord, 'partition' | 'offset' | 'origin'> {
  /** An entry may lack it, and then stands for whatever is at the place. */
  readonly appendedAt?: number;
  readonly state: 'sending' | 'sent' | 'not-sent';
  /** Of `sending`: where the clickstream's home partition ended before the record was sent, and which that is. */
  readonly home?: { readonly partition: number; readonly end: number } | undefined;
}

/**
 * Remembers which failed records were sent again, by their partition, offset and append time on the failed topic. A record is noted
 * before it is sent and after it was acknowledged, each time down to the disk, so that of one in between it is known where to look
 * for it.
 */
export class RedriveLedger {
  readonly #byKey = new Map<string, LedgerEntry>();
  readonly #byOrigin = new Map<string, LedgerEntry>();
  #file: number | undefined;
  #release: (() => void) | undefined;

  private constructor(readonly path: string) {}

  /** Reads the ledger of a data folder. */
  static read(dataDir: string): RedriveLedger {
    const ledger = new RedriveLedger(join(dataDir, 'redriven', 'ledger.ndjson'));
    const text = readText(ledger.path);
    // A line that was cut off by the end of its process has no end.
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line !== '') ledger.#take(JSON.parse(line) as LedgerEntry);
    }
    return ledger;
  }

  /**
   * Opens it for writing, and keeps other processes from doing so.
   *
   * @throws RedriveError `in-use`
   */
  static async open(dataDir: string): Promise<RedriveLedger> {
    const folder = join(dataDir, 'redriven');
    await mkdir(folder, { recursive: true });
    const lock = takeLock(join(folder, 'lock'));
    if (!lock.ok) {
      const { pid, host } = lock.holder;
      throw new RedriveError(
        'in-use',
        true,
        `Process ${pid} on ${host} sends failed records again. Wait for it, or stop it.`,
      );
    }
    const ledger = RedriveLedger.read(dataDir);
    const text = readText(ledger.path);
    const whole = text.lastIndexOf('\n') + 1;
    if (whole < text.length) truncateSync(ledger.path, Buffer.byteLength(text.slice(0, whole)));
    ledger.#file = openSync(ledger.path, 'a');
    ledger.#release = lock.release;
    return ledger;
  }

  /** Whether this record, or a copy of it, was sent again. */
  wasSent(record: FailedRecord): boolean {
    return this.entryOf(record)?.state === 'sent' || this.#byOrigin.get(record.origin)?.state === 'sent';
  }

  /** What is noted of the record that stands there. */
  entryOf(place: FailedPlace): LedgerEntry | undefined {
    return this.#byKey.get(keyOf(place)) ?? this.#byKey.get(untimedKeyOf(place));
  }

  /** Records of which it is not known whether they were sent. */
  unknown(): readonly LedgerEntry[] {
    return [...this.#byKey.values()].filter(({ state }) => state === 'sending');
  }

  write(entries: readonly LedgerEntry[]): void {
    if (this.#file === undefined) throw new TypeError('The ledger is open for reading only.');
    if (entries.length === 0) return;
    writeSync(this.#file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    fsyncSync(this.#file);
    for (const entry of entries) this.#take(entry);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#release?.();
  }

  #take(entry: LedgerEntry): void {
    const { partition, offset, appendedAt } = entry;
    this.#byKey.set(appendedAt === undefined ? untimedKeyOf(entry) : keyOf({ partition, offset, appendedAt }), entry);
    this.#byOrigin.set(entry.origin, entry);
  }
}

const untimedKeyOf = ({ partition, offset }: Pick<FailedPlace, 'partition' | 'offset'>): string =>
  `${partition}:${offset}`;

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
};
