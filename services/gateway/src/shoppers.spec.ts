import { offerId, subjectKey, type Offer, type PlacementId, type SubjectKey } from '@offerstream/contracts';
import { encodePublication } from '@offerstream/decisioning';
import { Profile } from '@offerstream/profile';
import { MemoryProfileStore, ProfileStoreUnavailable, type ProfileReader } from '@offerstream/profile-store';
import { Shoppers } from './shoppers.js';
import { ANNA, DEMO, HOME, item } from './shop.fixture.js';

const CART = 'cart' as PlacementId;

const offerIn = (placement: PlacementId, name: string): Offer => ({
  id: offerId(DEMO, ANNA, '0:7', { placement, model: undefined, strategy: 'popular' }),
  revision: 7,
  tenant: DEMO,
  subject: ANNA,
  placement,
  items: [{ item: item(name), rank: 1, score: 0.5, strategy: 'personal' }],
  model: null,
  cause: { messageId: 'm', eventTime: '2026-11-24T10:00:00.000Z' },
  validUntil: '2026-11-24T11:00:00.000Z',
});

const storeWith = async (...offers: readonly Offer[]): Promise<MemoryProfileStore> => {
  const store = new MemoryProfileStore();
  const profile = Profile.empty();
  profile.add({ itemHash: 7n, action: 1, timeSeconds: 1 });
  profile.raiseVersion();
  const publication = encodePublication(
    offers.map((offer) => ({ topic: 'offers', id: offer.id, timeMs: 0, value: Buffer.from(JSON.stringify(offer)) })),
  );
  await store.save({ changes: [{ key: subjectKey(DEMO, ANNA), profile, publication }], positions: new Map() });
  return store;
};

/** A store that answers from the nth question on. */
const awayUntil = (
  answersFrom: number,
): Pick<ProfileReader, 'profiles' | 'publications' | 'problem'> & { asked: number } => {
  const store = {
    asked: 0,
    problem: undefined,
    profiles: (keys: readonly SubjectKey[]) => answer(keys),
    publications: (keys: readonly SubjectKey[]) => answer(keys),
  };
  const answer = (keys: readonly SubjectKey[]): Promise<undefined[]> => {
    store.asked += 1;
    return store.asked < answersFrom
      ? Promise.reject(new ProfileStoreUnavailable('valkey:6379', 'planted'))
      : Promise.resolve(keys.map(() => undefined));
  };
  return store;
};

describe('what is stored of shoppers', () => {
  it('is their profile and their last ranking in a placement, or in any', async () => {
    const shoppers = new Shoppers(await storeWith(offerIn(HOME.id, 'shoe'), offerIn(CART, 'sock')), () => undefined);
    expect((await shoppers.profile(DEMO, ANNA)).history()).toHaveLength(1);
    const last = async (placement?: PlacementId) => await shoppers.lastRanking(DEMO, ANNA, placement);
    const home = await last(HOME.id);
    const cart = await last(CART);
    expect([home?.length, cart?.length]).toEqual([1, 1]);
    expect(cart).not.toEqual(home);
    expect(await last()).toEqual(home);
    expect(await last('mail' as PlacementId)).toBeUndefined();
  });

  it('is nothing where nothing is known', async () => {
    const shoppers = new Shoppers(new MemoryProfileStore(), () => undefined);
    expect((await shoppers.profile(DEMO, ANNA)).historyLength).toBe(0);
    expect(await shoppers.lastRanking(DEMO, ANNA, HOME.id)).toBeUndefined();
  });

  it('is nothing while the store is away, which is told', async () => {
    let away = 0;
    const shoppers = new Shoppers(awayUntil(Infinity), () => (away += 1));
    expect((await shoppers.profile(DEMO, ANNA)).historyLength).toBe(0);
    expect(await shoppers.publication(DEMO, ANNA)).toBeUndefined();
    expect(away).toBe(2);
  });

  it('is not asked for while the store is known to be away, and is again when that is over', async () => {
    const stored = await storeWith(offerIn(HOME.id, 'shoe'));
    let problem: ProfileStoreUnavailable | undefined = new ProfileStoreUnavailable('valkey:6379', 'planted');
    let away = 0;
    let asked = 0;
    const shoppers = new Shoppers(
      {
        get problem() {
          return problem;
        },
        profiles: (keys) => ((asked += 1), stored.profiles(keys)),
        publications: (keys) => ((asked += 1), stored.publications(keys)),
      },
      () => (away += 1),
    );
    expect((await shoppers.profile(DEMO, ANNA)).historyLength).toBe(0);
    expect(await shoppers.publication(DEMO, ANNA)).toBeUndefined();
    expect([asked, away]).toEqual([0, 2]);
    problem = undefined;
    expect((await shoppers.profile(DEMO, ANNA)).historyLength).toBe(1);
    expect(await shoppers.publication(DEMO, ANNA)).toBeDefined();
    expect([asked, away]).toEqual([2, 2]);
  });

  it('can be served from once the store has answered, also when it is away later', async () => {
    const store = awayUntil(2);
    const shoppers = new Shoppers(store, () => undefined);
    expect(shoppers.condition().ok).toBe(false);
    await shoppers.reach(new AbortController().signal);
    expect(shoppers.condition().ok).toBe(true);
    expect(store.asked).toBe(2);
  });
});
