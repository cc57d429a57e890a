import type { Database, RootDatabase, RootDatabaseOptionsWithPath } from 'lmdb';
import type { SubjectKey } from '@offerstream/contracts';
import { Profile } from '@offerstream/profile';

/** Address space, not memory or disk. A map that is outgrown stays mapped beside its larger successor. */
const MAP_BYTES = 64 * 2 ** 30;

export const environmentIn = (folder: string) =>
  ({
    path: folder,
    encoding: 'binary',
    maxDbs: 5,
    noMemInit: true,
    mapSize: MAP_BYTES,
  }) satisfies RootDatabaseOptionsWithPath;

/** A database of a folder that others may read. */
export const PROFILES = { name: 'profiles', encoding: 'binary' } as const;
export const PUBLICATIONS = { name: 'publications', encoding: 'binary' } as const;

export type Environment = RootDatabase<Buffer, SubjectKey>;
export type Records = Database<Buffer, SubjectKey>;

/** @throws CorruptProfile */
export const profilesIn = (records: Records, keys: readonly SubjectKey[]): (Profile | undefined)[] =>
  keys.map((key) => {
    // The buffer is reused by the next read; decoding copies it.
    const record = records.getBinaryFast(key);
    return record === undefined ? undefined : Profile.decode(record);
  });

export const publicationsIn = (publications: Records, keys: readonly SubjectKey[]): (Buffer | undefined)[] =>
  keys.map((key) => publications.getBinary(key));
