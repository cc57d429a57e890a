import { Profile } from '@offerstream/profile';
import { keyOf } from './shop.fixture.js';
import { UnsavedProfiles } from './unsaved-profiles.js';

describe('unsaved profiles', () => {
  const [anna, bob] = [keyOf('anna'), keyOf('bob')];

  it('gives the newest fold of a shopper until that very one is saved', () => {
    const unsaved = new UnsavedProfiles();
    const [first, second] = [Profile.empty(), Profile.empty()];
    unsaved.put(anna, first);
    unsaved.put(anna, second);
    unsaved.saved(anna, first);
    expect([unsaved.get(anna), unsaved.get(bob)]).toEqual([second, undefined]);
    unsaved.saved(anna, second);
    expect(unsaved.get(anna)).toBeUndefined();
  });

  it('forgets all when the assignment changes', () => {
    const unsaved = new UnsavedProfiles();
    unsaved.put(anna, Profile.empty());
    unsaved.clear();
    expect(unsaved.get(anna)).toBeUndefined();
  });
});
