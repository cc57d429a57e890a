import type { SubjectKey } from '@offerstream/contracts';
import type { Profile } from '@offerstream/profile';

/**
 * Profiles of batches that are under way, so that the next batch folds on what the one before it folded and has not saved
 * yet. Belongs to one assignment: after a rebalance what was not saved is folded by whoever has the partition.
 */
export class UnsavedProfiles {
  private readonly newest = new Map<SubjectKey, Profile>();

  get(key: SubjectKey): Profile | undefined {
    return this.newest.get(key);
  }

  put(key: SubjectKey, profile: Profile): void {
    this.newest.set(key, profile);
  }

  /** The profile has been saved; it is forgotten unless a later batch has already folded on. */
  saved(key: SubjectKey, profile: Profile): void {
    if (this.newest.get(key) === profile) this.newest.delete(key);
  }

  clear(): void {
    this.newest.clear();
  }
}
