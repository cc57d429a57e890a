import type { SubjectKey } from '@offerstream/contracts';
import { Profile } from '@offerstream/profile';
import {
  BEFORE_FIRST,
  rebuildPositions,
  type Attempt,
  type BeforeRebuild,
  type Position,
  type ProfileStore,
  type Save,
} from './profile-store.js';

/** Keeps profiles in this process alone, for tests and trials. */
export class MemoryProfileStore implements ProfileStore {
  readonly problem = undefined;
  private readonly records = new Map<SubjectKey, Buffer>();
  private readonly publicationOf = new Map<SubjectKey, Buffer>();
  private readonly positionOf = new Map<number, Position>();
  private readonly attemptOf = new Map<number, Attempt>();
  private rebuild: string | undefined;

  profiles(keys: readonly SubjectKey[]): Promise<readonly (Profile | undefined)[]> {
    return Promise.resolve(
      keys.map((key) => {
        const record = this.records.get(key);
        return record === undefined ? undefined : Profile.decode(record);
      }),
    );
  }

  publications(keys: readonly SubjectKey[]): Promise<readonly (Buffer | undefined)[]> {
    return Promise.resolve(keys.map((key) => this.publicationOf.get(key)));
  }

  save({ changes, positions }: Save): Promise<'saved' | 'conflict'> {
    for (const { key, profile } of changes) {
      const stored = this.records.get(key);
      if (profile.version !== (stored === undefined ? 0 : Profile.versionOf(stored)) + 1)
        return Promise.resolve('conflict');
    }
    for (const [partition, { offset }] of positions)
      if (offset <= (this.positionOf.get(partition)?.offset ?? BEFORE_FIRST)) return Promise.resolve('conflict');
    for (const { key, profile, publication } of changes) {
      this.records.set(key, profile.encode());
      if (publication !== undefined) this.publicationOf.set(key, publication);
    }
    for (const [partition, position] of positions) this.positionOf.set(partition, position);
    return Promise.resolve('saved');
  }

  flushed(): Promise<void> {
    return Promise.resolve();
  }

  positions(): Promise<ReadonlyMap<number, Position>> {
    return Promise.resolve(new Map(this.positionOf));
  }

  attempts(): Promise<ReadonlyMap<number, Attempt>> {
    return Promise.resolve(new Map(this.attemptOf));
  }

  saveAttempt(partition: number, attempt: Attempt): Promise<void> {
    this.attemptOf.set(partition, attempt);
    return Promise.resolve();
  }

  beginRebuild(name: string, before: ReadonlyMap<number, BeforeRebuild>): Promise<void> {
    if (this.rebuild === name) return Promise.resolve();
    for (const map of [this.records, this.publicationOf, this.positionOf, this.attemptOf]) map.clear();
    for (const [partition, position] of rebuildPositions(before)) this.positionOf.set(partition, position);
    this.rebuild = name;
    return Promise.resolve();
  }

  lastRebuild(): Promise<string | undefined> {
    return Promise.resolve(this.rebuild);
  }

  halt(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
