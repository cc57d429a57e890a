import type { ActionCode } from '@offerstream/contracts';

/** How many interactions a profile remembers; docs/quality.md says what fewer and more cost and gain. */
export const HISTORY_LENGTH = 50;
/** How many messageIds a profile remembers, to recognise a client's retry. */
export const FINGERPRINT_COUNT = 32;
/**
 * Of how many partitions a profile remembers up to where their strays were applied. A shopper's strays come from one partition,
 * and from one more with each growth of the topic; only keys that are not the subject's (a session's, say) spread over many.
 */
export const ORIGIN_COUNT = 16;
/** A larger LMDB key and record leave their page, and the same profiles need half as much memory again. */
export const MAX_RECORD_BYTES = 1_950;

export const FORMAT_VERSION = 3;
/** Format 2 had no origins of strays; the rest is the same. */
const PREVIOUS_FORMAT_VERSION = 2;

/** A stored record that can't be read. The topic can be folded again: `REBUILD`. */
export class CorruptProfile extends Error {
  readonly code = 'corrupt-profile';
  readonly canRetry = false;

  constructor(reason: string) {
    super(
      `A stored profile can't be read: ${reason}. Start the personalizer with REBUILD=<a word that was not used before> to fold the topic again.`,
    );
    this.name = 'CorruptProfile';
  }
}

// A record: header, then columns (item hashes, times, actions, fingerprints, origins), each as long as it is filled, little-endian.
const AT = {
  format: 0,
  historyLength: 1,
  fingerprints: 2,
  origins: 3,
  version: 4,
  revision: 8,
  guardOffset: 16,
  guardPartition: 24,
  events: 28,
  firstSeen: 32,
  lastSeen: 36,
  actions: 40,
} as const;
const ACTION_COUNTERS = 6;
const HEADER_BYTES = AT.actions + ACTION_COUNTERS * 4;

// In memory every column has its full length, so that it stays where it is while it grows.
const HASHES_AT = HEADER_BYTES;
const TIMES_AT = HASHES_AT + HISTORY_LENGTH * 8;
const ACTIONS_AT = TIMES_AT + HISTORY_LENGTH * 4;
const FINGERPRINTS_AT = ACTIONS_AT + HISTORY_LENGTH;
const FINGERPRINT_BYTES = 6;
const ORIGINS_AT = FINGERPRINTS_AT + FINGERPRINT_COUNT * FINGERPRINT_BYTES;
/** Partition and offset. */
const ORIGIN_BYTES = 4 + 8;
const FULL_BYTES = ORIGINS_AT + ORIGIN_COUNT * ORIGIN_BYTES;

const NO_PARTITION = -1;

export interface Interaction {
  readonly itemHash: bigint;
  readonly action: ActionCode;
  /** Seconds since 1970. */
  readonly timeSeconds: number;
}

/** The last applied event of a partition: one at or below it, in the same partition, is not folded again. */
export interface Guard {
  readonly partition: number;
  readonly offset: number;
}

/**
 * What is known of a shopper: a view on one binary record. It is changed in place by the fold that owns it; `copy` before a
 * change whose outcome may be thrown away.
 */
export class Profile {
  private constructor(private readonly bytes: Buffer) {}

  static empty(): Profile {
    const bytes = Buffer.alloc(FULL_BYTES);
    bytes[AT.format] = FORMAT_VERSION;
    bytes.writeInt32LE(NO_PARTITION, AT.guardPartition);
    return new Profile(bytes);
  }

  /**
   * Reads a stored record of this format or the one before.
   *
   * @throws CorruptProfile
   */
  static decode(record: Uint8Array): Profile {
    const format = record[0];
    if (format !== FORMAT_VERSION && format !== PREVIOUS_FORMAT_VERSION)
      throw new CorruptProfile(`format version ${format} is unknown`);
    const historyLength = record[AT.historyLength] ?? 0;
    const fingerprints = record[AT.fingerprints] ?? 0;
    const origins = format === PREVIOUS_FORMAT_VERSION ? 0 : (record[AT.origins] ?? 0);
    if (historyLength > HISTORY_LENGTH || fingerprints > FINGERPRINT_COUNT || origins > ORIGIN_COUNT)
      throw new CorruptProfile(
        `it claims ${historyLength} interactions, ${fingerprints} fingerprints and ${origins} origins`,
      );
    const expected = HEADER_BYTES + historyLength * 13 + fingerprints * FINGERPRINT_BYTES + origins * ORIGIN_BYTES;
    if (record.length !== expected) throw new CorruptProfile(`it has ${record.length} bytes instead of ${expected}`);

    const bytes = Buffer.allocUnsafe(FULL_BYTES);
    bytes.set(record.subarray(0, HEADER_BYTES), 0);
    bytes[AT.format] = FORMAT_VERSION;
    bytes[AT.origins] = origins;
    let from = HEADER_BYTES;
    for (const [at, size] of [
      [HASHES_AT, historyLength * 8],
      [TIMES_AT, historyLength * 4],
      [ACTIONS_AT, historyLength],
      [FINGERPRINTS_AT, fingerprints * FINGERPRINT_BYTES],
      [ORIGINS_AT, origins * ORIGIN_BYTES],
    ] as const) {
      bytes.set(record.subarray(from, from + size), at);
      from += size;
    }
    return new Profile(bytes);
  }

  /** The version of a stored record without reading all of it; 0 = not stored yet. */
  static versionOf(record: Uint8Array): number {
    const at = AT.version;
    return (
      ((record[at] ?? 0) |
        ((record[at + 1] ?? 0) << 8) |
        ((record[at + 2] ?? 0) << 16) |
        ((record[at + 3] ?? 0) << 24)) >>>
      0
    );
  }

  /** The record to store: no column is longer than it is filled. */
  encode(): Buffer {
    const historyLength = this.historyLength;
    const fingerprints = this.fingerprintCount;
    const origins = this.originCount;
    const record = Buffer.allocUnsafe(
      HEADER_BYTES + historyLength * 13 + fingerprints * FINGERPRINT_BYTES + origins * ORIGIN_BYTES,
    );
    let at = this.bytes.copy(record, 0, 0, HEADER_BYTES);
    at += this.bytes.copy(record, at, HASHES_AT, HASHES_AT + historyLength * 8);
    at += this.bytes.copy(record, at, TIMES_AT, TIMES_AT + historyLength * 4);
    at += this.bytes.copy(record, at, ACTIONS_AT, ACTIONS_AT + historyLength);
    at += this.bytes.copy(record, at, FINGERPRINTS_AT, FINGERPRINTS_AT + fingerprints * FINGERPRINT_BYTES);
    this.bytes.copy(record, at, ORIGINS_AT, ORIGINS_AT + origins * ORIGIN_BYTES);
    return record;
  }

  copy(): Profile {
    return new Profile(Buffer.from(this.bytes));
  }

  /** Raised by one with every save; the store refuses a save that does not follow the stored version. */
  get version(): number {
    return this.bytes.readUInt32LE(AT.version);
  }

  /** Revision of the newest offer, 0 before the first. */
  get revision(): number {
    return this.bytes.readDoubleLE(AT.revision);
  }

  get guard(): Guard | undefined {
    const partition = this.bytes.readInt32LE(AT.guardPartition);
    return partition === NO_PARTITION ? undefined : { partition, offset: this.bytes.readDoubleLE(AT.guardOffset) };
  }

  /** How many events were applied. */
  get events(): number {
    return this.bytes.readUInt32LE(AT.events);
  }

  get firstSeenSeconds(): number {
    return this.bytes.readUInt32LE(AT.firstSeen);
  }

  get lastSeenSeconds(): number {
    return this.bytes.readUInt32LE(AT.lastSeen);
  }

  /** How often the shopper did this, ever. */
  actionCount(action: ActionCode): number {
    return this.bytes.readUInt32LE(AT.actions + (action - 1) * 4);
  }

  get historyLength(): number {
    return this.bytes[AT.historyLength] ?? 0;
  }

  /** Interactions in the order of their times, newest last. */
  history(): Interaction[] {
    return Array.from({ length: this.historyLength }, (_, index) => ({
      itemHash: this.bytes.readBigInt64LE(HASHES_AT + index * 8),
      action: (this.bytes[ACTIONS_AT + index] ?? 1) as ActionCode,
      timeSeconds: this.timeAt(index),
    }));
  }

  hasApplied(partition: number, offset: number): boolean {
    return this.bytes.readInt32LE(AT.guardPartition) === partition && offset <= this.bytes.readDoubleLE(AT.guardOffset);
  }

  /**
   * Was this event applied, or a later one that had strayed to the same partition? Strays are sent home in their order, again
   * and again from the first that may be missing, so what is applied of them is always the first so many.
   */
  hasAppliedFrom({ partition, offset }: Guard): boolean {
    const at = this.originAt(partition);
    return at !== undefined && offset <= this.bytes.readDoubleLE(at + 4);
  }

  /** Was an event with this messageId among the last {@link FINGERPRINT_COUNT}? */
  hasSeen(fingerprint: number): boolean {
    const end = FINGERPRINTS_AT + this.fingerprintCount * FINGERPRINT_BYTES;
    const low = fingerprint >>> 0;
    const high = (fingerprint / 0x1_0000_0000) | 0;
    for (let at = FINGERPRINTS_AT; at < end; at += FINGERPRINT_BYTES)
      if (this.bytes.readUInt32LE(at) === low && this.bytes.readUInt16LE(at + 4) === high) return true;
    return false;
  }

  /** Counts an event as applied: guards, fingerprint, counters. Its interactions are added one by one with {@link add}. */
  note(event: {
    readonly partition: number;
    readonly offset: number;
    readonly origin?: Guard | undefined;
    readonly fingerprint: number;
    readonly timeSeconds: number;
  }): void {
    this.bytes.writeInt32LE(event.partition, AT.guardPartition);
    this.bytes.writeDoubleLE(event.offset, AT.guardOffset);
    this.bytes.writeUInt32LE(this.events + 1, AT.events);
    if (this.events === 1 || event.timeSeconds < this.firstSeenSeconds)
      this.bytes.writeUInt32LE(event.timeSeconds, AT.firstSeen);
    if (event.timeSeconds > this.lastSeenSeconds) this.bytes.writeUInt32LE(event.timeSeconds, AT.lastSeen);
    this.remember(event.fingerprint);
    if (event.origin !== undefined) this.raiseOrigin(event.origin);
  }

  /** Adds an interaction where its time belongs; of two at the same time the later one came later. The oldest goes when full. */
  add(interaction: Interaction): void {
    const counter = AT.actions + (interaction.action - 1) * 4;
    this.bytes.writeUInt32LE(this.bytes.readUInt32LE(counter) + 1, counter);
    let length = this.historyLength;
    let place = length;
    while (place > 0 && this.timeAt(place - 1) > interaction.timeSeconds) place -= 1;
    if (length === HISTORY_LENGTH) {
      if (place === 0) return;
      this.move(1, 0, place - 1);
      place -= 1;
    } else {
      this.move(place, place + 1, length - place);
      length += 1;
      this.bytes[AT.historyLength] = length;
    }
    this.bytes.writeBigInt64LE(interaction.itemHash, HASHES_AT + place * 8);
    this.bytes.writeUInt32LE(interaction.timeSeconds, TIMES_AT + place * 4);
    this.bytes[ACTIONS_AT + place] = interaction.action;
  }

  /** The next revision: above the one before, and a time, so that it rises even when the record was lost. */
  raiseRevision(appendedAtMs: number): number {
    const revision = Math.max(this.revision + 1, appendedAtMs);
    this.bytes.writeDoubleLE(revision, AT.revision);
    return revision;
  }

  raiseVersion(): void {
    this.bytes.writeUInt32LE(this.version + 1, AT.version);
  }

  /**
   * Writes the history into row `row` of a model's inputs, newest last, padded on the left with 0.
   *
   * @param inputs `items` and `actions` are [B, L] int64, seen as pairs of int32 (little-endian); `ages` is [B, L] float32,
   *   seconds before the newest interaction.
   */
  writeHistory(inputs: HistoryInputs, row: number): void {
    const { length } = inputs;
    const known = Math.min(this.historyLength, length);
    const skipped = this.historyLength - known;
    const newest = this.historyLength === 0 ? 0 : this.timeAt(this.historyLength - 1);
    const start = row * length + (length - known);
    for (let index = 0; index < known; index++) {
      const from = skipped + index;
      const to = start + index;
      inputs.items[to * 2] = this.bytes.readInt32LE(HASHES_AT + from * 8);
      inputs.items[to * 2 + 1] = this.bytes.readInt32LE(HASHES_AT + from * 8 + 4);
      inputs.actions[to * 2] = this.bytes[ACTIONS_AT + from] ?? 0;
      inputs.ages[to] = newest - this.timeAt(from);
    }
  }

  private get fingerprintCount(): number {
    return this.bytes[AT.fingerprints] ?? 0;
  }

  private remember(fingerprint: number): void {
    let count = this.fingerprintCount;
    if (count === FINGERPRINT_COUNT) {
      this.bytes.copyWithin(
        FINGERPRINTS_AT,
        FINGERPRINTS_AT + FINGERPRINT_BYTES,
        FINGERPRINTS_AT + count * FINGERPRINT_BYTES,
      );
      count -= 1;
    }
    this.bytes.writeUIntLE(fingerprint, FINGERPRINTS_AT + count * FINGERPRINT_BYTES, FINGERPRINT_BYTES);
    this.bytes[AT.fingerprints] = count + 1;
  }

  private get originCount(): number {
    return this.bytes[AT.origins] ?? 0;
  }

  private originAt(partition: number): number | undefined {
    const end = ORIGINS_AT + this.originCount * ORIGIN_BYTES;
    for (let at = ORIGINS_AT; at < end; at += ORIGIN_BYTES) if (this.bytes.readInt32LE(at) === partition) return at;
    return undefined;
  }

  /** The one that was raised last stands last; when there is no room, the one goes that was raised longest ago. */
  private raiseOrigin({ partition, offset }: Guard): void {
    let count = this.originCount;
    const replaced = this.originAt(partition) ?? (count === ORIGIN_COUNT ? ORIGINS_AT : undefined);
    if (replaced !== undefined) {
      this.bytes.copyWithin(replaced, replaced + ORIGIN_BYTES, ORIGINS_AT + count * ORIGIN_BYTES);
      count -= 1;
    }
    const at = ORIGINS_AT + count * ORIGIN_BYTES;
    this.bytes.writeInt32LE(partition, at);
    this.bytes.writeDoubleLE(offset, at + 4);
    this.bytes[AT.origins] = count + 1;
  }

  private timeAt(index: number): number {
    return this.bytes.readUInt32LE(TIMES_AT + index * 4);
  }

  /** Moves `count` interactions from place `from` to place `to` in every column. */
  private move(from: number, to: number, count: number): void {
    if (count === 0) return;
    for (const [at, width] of [
      [HASHES_AT, 8],
      [TIMES_AT, 4],
      [ACTIONS_AT, 1],
    ] as const)
      this.bytes.copyWithin(at + to * width, at + from * width, at + (from + count) * width);
  }
}

/** A model's history inputs for B shoppers of L interactions, zeroed before the first row is written. */
export interface HistoryInputs {
  /** L. */
  readonly length: number;
  readonly items: Int32Array;
  readonly actions: Int32Array;
  readonly ages: Float32Array;
}

/** Longest history among these profiles, at least 1: the L of their common batch. */
export const longestHistory = (profiles: readonly Profile[]): number =>
  profiles.reduce((longest, profile) => Math.max(longest, profile.historyLength), 1);
