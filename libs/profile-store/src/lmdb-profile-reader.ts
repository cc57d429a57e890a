import { statSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { SubjectKey } from '@offerstream/contracts';
import type { Profile } from '@offerstream/profile';
import {
  environmentIn,
  PROFILES,
  profilesIn,
  PUBLICATIONS,
  publicationsIn,
  type Environment,
  type Records,
} from './lmdb-databases.js';
import type { ProfileReader } from './profile-store.js';

/** Before LMDB has written the two pages that describe a folder, opening it ends the process. */
const SMALLEST_FILE_BYTES = 2 * 4_096;

/**
 * Reads the folder that an `LmdbProfileStore` in another process of the same machine writes. As long as there is no such folder
 * there is no profile in it; it is looked for again with each read.
 */
export class LmdbProfileReader implements ProfileReader {
  readonly problem = undefined;
  private environment: Environment | undefined;
  private records: Records | undefined;
  private published: Records | undefined;

  constructor(private readonly folder: string) {}

  profiles(keys: readonly SubjectKey[]): Promise<readonly (Profile | undefined)[]> {
    return Promise.try(() => {
      this.lookAgain();
      return this.records === undefined ? keys.map(() => undefined) : profilesIn(this.records, keys);
    });
  }

  publications(keys: readonly SubjectKey[]): Promise<readonly (Buffer | undefined)[]> {
    return Promise.try(() => {
      this.lookAgain();
      return this.published === undefined ? keys.map(() => undefined) : publicationsIn(this.published, keys);
    });
  }

  async close(): Promise<void> {
    await this.environment?.close();
  }

  private lookAgain(): void {
    if (this.published !== undefined) {
      // Otherwise what was read a moment ago hides what was saved since.
      this.published.resetReadTxn();
      return;
    }
    if (this.environment === undefined) {
      const file = statSync(join(this.folder, 'data.mdb'), { throwIfNoEntry: false });
      if (file === undefined || file.size < SMALLEST_FILE_BYTES) return;
      this.environment = open({ ...environmentIn(this.folder), readOnly: true });
    }
    // Undefined until the writer has made them.
    this.records ??= this.environment.openDB<Buffer, SubjectKey>(PROFILES) as Records | undefined;
    this.published ??= this.environment.openDB<Buffer, SubjectKey>(PUBLICATIONS) as Records | undefined;
  }
}
