import type { SubjectKey } from '@offerstream/contracts';
import type { Profile } from '@offerstream/profile';
import type { ProfileStoreUnavailable } from './errors.js';

/** What became of the events of a partition so far: applied, and dropped or failed by reason. */
export interface EventCounts {
  readonly applied: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}

/** How far a partition has been folded. Never ahead of the profiles of the same save. */
export interface Position {
  /** Offset of the last record that was folded, dropped or failed. */
  readonly offset: number;
  /** That record's append time and hash: another record at the same offset means that the topic was made anew. */
  readonly appendedAt: number;
  readonly recordHash: string;
  readonly counts: EventCounts;
  /** Since the last rebuild: records below this offset had their offers before it and publish nothing. */
  readonly quietBelow?: number;
  /** Since the last rebuild: records below this offset were saved before it, and were counted then if ever. */
  readonly countedBelow?: number;
}

/** What had become of a partition's records before a rebuild. */
export type BeforeRebuild = Required<Pick<Position, 'quietBelow' | 'countedBelow'>>;

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

/** Profiles as others have saved them. */
export interface ProfileReader {
  /**
   * The stored profile of each key, in order; undefined where there is none.
   *
   * @throws CorruptProfile
   * @throws ProfileStoreUnavailable where the store is a server and a time limit was set
   */
  profiles(keys: readonly SubjectKey[]): Promise<readonly (Profile | undefined)[]>;

  /**
   * What was last stored for publication, of each key, in order.
   *
   * @throws ProfileStoreUnavailable where the store is a server and a time limit was set
   */
  publications(keys: readonly SubjectKey[]): Promise<readonly (Buffer | undefined)[]>;

  /** Why the store does not answer now; whoever asked it waits. Never set for a store that is no server. */
  readonly problem: ProfileStoreUnavailable | undefined;

  /** What is still being read is an error then; what is still being saved, and waits for a server, is left unanswered. */
  close(): Promise<void>;
}

/**
 * Where profiles live. One writer a subject (its home partition's owner); others may read. Every implementation passes the
 * contract suite in `profile-store.contract.ts`.
 */
export interface ProfileStore extends ProfileReader {
  /**
   * Stores the changes and then the positions, if each profile's version follows the stored one and each position rises.
   *
   * - `saved`: all of it can be read by others; {@link flushed} says when it may be built on.
   * - `conflict`: no position was stored. A store with one transaction for everything (LMDB, memory) has stored nothing. On
   *   Valkey each subject is a transaction of its own, so some changes may have been stored.
   * - A rejection, or a death before the answer, leaves open what was stored, with this promise only: a change is stored whole
   *   or not at all, and a position only after all changes of its save.
   *
   * After anything but `saved`, ask for {@link positions} and take the records behind them again: the guard in a profile that
   * was stored keeps its events from being folded twice, and its stored publication is what is published for them.
   */
  save(save: Save): Promise<'saved' | 'conflict'>;

  /**
   * Resolves when the offsets behind everything saved before may be committed: it is on disk, or, on Valkey, its loss would
   * be noticed. A server that comes back without its last writes has positions behind those that were saved here; the next
   * save is then a `conflict`, before it stores anything.
   */
  flushed(): Promise<void>;

  /** What was read last is what the next saves of this process have to build on. */
  positions(): Promise<ReadonlyMap<number, Position>>;

  attempts(): Promise<ReadonlyMap<number, Attempt>>;

  /** Outlives this process when it resolves. */
  saveAttempt(partition: number, attempt: Attempt): Promise<void>;

  /**
   * Forgets everything, in one transaction, so that the topic is folded again; `before` tells what its positions keep of before. `name` says which rebuild it is, for {@link lastRebuild}; one that was begun already, perhaps by a process that was
   * started together with this one, changes nothing.
   */
  beginRebuild(name: string, before: ReadonlyMap<number, BeforeRebuild>): Promise<void>;

  /** The name of the last rebuild that was begun, so that a process that is started again does not begin it again. */
  lastRebuild(): Promise<string | undefined>;

  /** For a process that ends at once: saves nothing more, and resolves when the store does not keep it from ending. */
  halt(): Promise<void>;
}

export const NO_COUNTS: EventCounts = { applied: 0, dropped: {}, failed: {} };

/** Before the first record of a partition. */
export const BEFORE_FIRST = -1;

/** Where the partitions stand when a rebuild begins. */
export const rebuildPositions = (before: ReadonlyMap<number, BeforeRebuild>): ReadonlyMap<number, Position> =>
  new Map(
    Array.from(before, ([partition, { quietBelow, countedBelow }]) => [
      partition,
      { offset: BEFORE_FIRST, appendedAt: 0, recordHash: '', counts: NO_COUNTS, quietBelow, countedBelow },
    ]),
  );
