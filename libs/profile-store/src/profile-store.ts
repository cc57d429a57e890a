import type { SubjectKey } from '@offerstream/contracts';
import type { Profile } from '@offerstream/profile';

/** What became of the events of a partition so far: applied, and dropped or failed by reason. */
export interface EventCounts {
  readonly applied: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}

/** How far a partition has been folded, in the same transaction as the profiles. */
export interface Position {
  /** Offset of the last record that was folded, dropped or failed. */
  readonly offset: number;
  /** That record's append time and hash: another record at the same offset means that the topic was made anew. */
  readonly appendedAt: number;
  readonly recordHash: string;
  readonly counts: EventCounts;
  /** Since the last rebuild: records below this offset had their offers before it and publish nothing. */
  readonly quietBelow?: number;
}

/** A shopper's change: the profile whose `version` follows the stored one by one, and what is to be published for it. */
export interface ProfileChange {
  readonly key: SubjectKey;
  readonly profile: Profile;
  /** The bytes of the newest offers and vector, kept so that a redelivery publishes the same; undefined keeps the stored ones. */
  readonly publication: Buffer | undefined;
}

export interface Save {
  readonly changes: readonly ProfileChange[];
  readonly positions: ReadonlyMap<number, Position>;
}

/** How often processing began at a partition's offset without getting past it, and over which records alone it ended. */
export interface Attempt {
  readonly offset: number;
  readonly count: number;
  readonly alone?: readonly { readonly offset: number; readonly tries: number }[];
}

/**
 * Where profiles live. One writer a subject (its home partition's owner); others may read. Every implementation passes the
 * contract suite in `profile-store.contract.ts`.
 */
export interface ProfileStore {
  /** The stored profile of each key, in order; undefined where there is none. */
  profiles(keys: readonly SubjectKey[]): Promise<readonly (Profile | undefined)[]>;

  /** What was last stored for publication, of each key, in order. */
  publications(keys: readonly SubjectKey[]): Promise<readonly (Buffer | undefined)[]>;

  /**
   * Stores everything or nothing: a `conflict` when a profile's version does not follow the stored one, or a position does not
   * rise.
   * Resolves when others can read it; {@link flushed} says when it is on disk.
   */
  save(save: Save): Promise<'saved' | 'conflict'>;

  /** Resolves when everything saved before is on disk. */
  flushed(): Promise<void>;

  positions(): Promise<ReadonlyMap<number, Position>>;

  attempts(): Promise<ReadonlyMap<number, Attempt>>;

  /** Durable when it resolves. */
  saveAttempt(partition: number, attempt: Attempt): Promise<void>;

  /**
   * Forgets everything, in one transaction, so that the topic is folded again; records below these offsets had their offers
   * already. `name` says which rebuild it is, for {@link lastRebuild}.
   */
  beginRebuild(name: string, quietBelow: ReadonlyMap<number, number>): Promise<void>;

  /** The name of the last rebuild that was begun, so that a process that is started again does not begin it again. */
  lastRebuild(): Promise<string | undefined>;

  close(): Promise<void>;
}

export const NO_COUNTS: EventCounts = { applied: 0, dropped: {}, failed: {} };

/** Before the first record of a partition. */
export const BEFORE_FIRST = -1;

/** Where the partitions stand when a rebuild begins. */
export const rebuildPositions = (quietBelow: ReadonlyMap<number, number>): ReadonlyMap<number, Position> =>
  new Map(
    Array.from(quietBelow, ([partition, below]) => [
      partition,
      { offset: BEFORE_FIRST, appendedAt: 0, recordHash: '', counts: NO_COUNTS, quietBelow: below },
    ]),
  );
