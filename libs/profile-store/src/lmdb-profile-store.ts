import { ABORT, open, type Database } from 'lmdb';
import type { SubjectKey } from '@offerstream/contracts';
import { Profile } from '@offerstream/profile';
import {
  environmentIn,
  PROFILES,
  profilesIn,
  PUBLICATIONS,
  publicationsIn,
  type Environment,
  type Records,
} from './lmdb-databases.js';
import {
  BEFORE_FIRST,
  rebuildPositions,
  type Attempt,
  type BeforeRebuild,
  type Position,
  type ProfileStore,
  type Save,
} from './profile-store.js';

const REBUILD = 'rebuild';

/**
 * Profiles in an LMDB folder, shared by the processes of one machine. Saves are flushed while the next one is under way
 * (`overlappingSync`), so a crash of the system loses at most what was not yet committed to Kafka.
 */
export class LmdbProfileStore implements ProfileStore {
  readonly problem = undefined;
  private readonly environment: Environment;
  private readonly records: Records;
  private readonly publicationOf: Records;
  private readonly positionOf: Database<Position, number>;
  private readonly attemptOf: Database<Attempt, number>;
  private readonly about: Database<string, string>;
  private readonly saving = new Set<Promise<unknown>>();
  private halted = false;

  /** @param folder made when missing. */
  constructor(folder: string) {
    this.environment = open(environmentIn(folder));
    this.records = this.environment.openDB(PROFILES);
    this.publicationOf = this.environment.openDB(PUBLICATIONS);
    this.positionOf = this.environment.openDB({ name: 'positions', encoding: 'json' });
    this.attemptOf = this.environment.openDB({ name: 'attempts', encoding: 'json' });
    this.about = this.environment.openDB({ name: 'about', encoding: 'json' });
  }

  profiles(keys: readonly SubjectKey[]): Promise<readonly (Profile | undefined)[]> {
    return Promise.try(() => profilesIn(this.records, keys));
  }

  publications(keys: readonly SubjectKey[]): Promise<readonly (Buffer | undefined)[]> {
    return Promise.try(() => publicationsIn(this.publicationOf, keys));
  }

  async save({ changes, positions }: Save): Promise<'saved' | 'conflict'> {
    // The process is about to end; whoever waits for this save ends with it.
    if (this.halted) return new Promise(() => undefined);
    const transaction = this.transact({ changes, positions });
    this.saving.add(transaction);
    try {
      return (await transaction) === 'saved' ? 'saved' : 'conflict';
    } finally {
      this.saving.delete(transaction);
    }
  }

  private transact({ changes, positions }: Save): Promise<unknown> {
    return this.environment.transaction(() => {
      for (const { key, profile } of changes) {
        const stored = this.records.getBinaryFast(key);
        if (profile.version !== (stored === undefined ? 0 : Profile.versionOf(stored)) + 1) return ABORT;
      }
      for (const [partition, { offset }] of positions)
        if (offset <= (this.positionOf.get(partition)?.offset ?? BEFORE_FIRST)) return ABORT;
      for (const { key, profile, publication } of changes) {
        void this.records.put(key, profile.encode());
        if (publication !== undefined) void this.publicationOf.put(key, publication);
      }
      for (const [partition, position] of positions) void this.positionOf.put(partition, position);
      return 'saved';
    });
  }

  async flushed(): Promise<void> {
    await this.environment.flushed;
  }

  positions(): Promise<ReadonlyMap<number, Position>> {
    return Promise.try(() => new Map(this.positionOf.getRange().map(({ key, value }) => [key, value])));
  }

  attempts(): Promise<ReadonlyMap<number, Attempt>> {
    return Promise.try(() => new Map(this.attemptOf.getRange().map(({ key, value }) => [key, value])));
  }

  async saveAttempt(partition: number, attempt: Attempt): Promise<void> {
    await this.attemptOf.put(partition, attempt);
    await this.flushed();
  }

  async beginRebuild(name: string, before: ReadonlyMap<number, BeforeRebuild>): Promise<void> {
    await this.environment.transaction(() => {
      if (this.about.get(REBUILD) === name) return;
      for (const database of [this.records, this.publicationOf, this.positionOf, this.attemptOf]) database.clearSync();
      for (const [partition, position] of rebuildPositions(before)) void this.positionOf.put(partition, position);
      void this.about.put(REBUILD, name);
    });
    await this.flushed();
  }

  lastRebuild(): Promise<string | undefined> {
    return Promise.try(() => this.about.get(REBUILD));
  }

  /**
   * For a process that ends at once: begins no transaction any more, and resolves when none waits for this thread. Otherwise
   * process.exit() would wait for LMDB's thread, which waits for this one, and which holds the lock of all writers.
   */
  async halt(): Promise<void> {
    this.halted = true;
    await Promise.allSettled(this.saving);
  }

  async close(): Promise<void> {
    await this.flushed();
    await this.environment.close();
  }
}
