import { subjectKey, type SubjectId, type TenantId } from '@offerstream/contracts';
import type { Profile } from '@offerstream/profile';
import { ProfileStoreUnavailable, type ProfileReader } from '@offerstream/profile-store';

/** What the personalizer has stored of shoppers. Where the store is away, nothing is known of anybody. */
export class StoredShoppers {
  constructor(
    private readonly store: Pick<ProfileReader, 'profiles' | 'publications'>,
    private readonly onAway: () => void,
  ) {}

  profile(tenant: TenantId, subject: SubjectId): Promise<Profile | undefined> {
    return this.unlessAway(this.store.profiles([subjectKey(tenant, subject)]));
  }

  /** What was last published for the shopper, see `decodePublication`. */
  publication(tenant: TenantId, subject: SubjectId): Promise<Buffer | undefined> {
    return this.unlessAway(this.store.publications([subjectKey(tenant, subject)]));
  }

  private async unlessAway<Value>(read: Promise<readonly (Value | undefined)[]>): Promise<Value | undefined> {
    try {
      return (await read)[0];
    } catch (error) {
      if (!(error instanceof ProfileStoreUnavailable)) throw error;
      this.onAway();
      return undefined;
    }
  }
}
