import { setTimeout as sleep } from 'node:timers/promises';
import { subjectKey, type PlacementId, type SubjectId, type SubjectKey, type TenantId } from '@offerstream/contracts';
import { decodePublication, storedRankings, type StoredRanking } from '@offerstream/decisioning';
import { Profile } from '@offerstream/profile';
import { ProfileStoreUnavailable, type ProfileReader } from '@offerstream/profile-store';
import type { Condition } from '@offerstream/service-kit';

const TRY_AGAIN_MS = 500;
/** A key of no shopper: a tenant's id is not empty. */
const ANYBODY = ':' as SubjectKey;

/** What the personalizer has stored of shoppers. Where the store is away, nothing is known of anybody. */
export class Shoppers {
  private wasReached = false;

  constructor(
    private readonly store: Pick<ProfileReader, 'profiles' | 'publications' | 'problem'>,
    private readonly onAway: () => void,
  ) {}

  /** Once the store has answered, the gateway can do without it for a while. */
  readonly condition = (): Condition => ({
    ok: this.wasReached,
    reason: this.wasReached ? 'has answered' : 'the profile store has not answered yet',
  });

  /** Asks the store until it answers. */
  async reach(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      try {
        await this.store.profiles([ANYBODY]);
        this.wasReached = true;
        return;
      } catch (error) {
        if (!(error instanceof ProfileStoreUnavailable)) throw error;
        await sleep(TRY_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  /** Empty where nothing is known. */
  async profile(tenant: TenantId, subject: SubjectId): Promise<Profile> {
    return (await this.unlessAway(() => this.store.profiles([subjectKey(tenant, subject)]))) ?? Profile.empty();
  }

  /** What was last published for the shopper, see `decodePublication`. */
  publication(tenant: TenantId, subject: SubjectId): Promise<Buffer | undefined> {
    return this.unlessAway(() => this.store.publications([subjectKey(tenant, subject)]));
  }

  /** What the shopper was offered last in a placement; without one, in any. */
  async lastRanking(
    tenant: TenantId,
    subject: SubjectId,
    placement: PlacementId | undefined,
  ): Promise<StoredRanking | undefined> {
    const publication = await this.publication(tenant, subject);
    if (publication === undefined) return undefined;
    const rankings = storedRankings(tenant, decodePublication(publication));
    return placement === undefined ? rankings.values().next().value : rankings.get(placement);
  }

  /** While the store is known to be away nobody waits for it: it asks by itself until that is over. */
  private async unlessAway<Value>(read: () => Promise<readonly (Value | undefined)[]>): Promise<Value | undefined> {
    if (this.store.problem !== undefined) {
      this.onAway();
      return undefined;
    }
    try {
      return (await read())[0];
    } catch (error) {
      if (!(error instanceof ProfileStoreUnavailable)) throw error;
      this.onAway();
      return undefined;
    }
  }
}
