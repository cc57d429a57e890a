import { ACTION, itemHash, type ActionName } from '@offerstream/contracts';
import { Profile } from '@offerstream/profile';
import { catalogOf, DEMO, item } from '../shop.fixture.js';
import { buyAgain, recentlyViewed } from './past-items.js';

/** One deed a second, from 1970 on. */
const profileOf = (...deeds: readonly (readonly [ActionName, string])[]): Profile => {
  const profile = Profile.empty();
  for (const [index, [action, name]] of deeds.entries())
    profile.add({ itemHash: itemHash(DEMO, item(name)), action: ACTION[action], timeSeconds: index });
  return profile;
};

const shop = catalogOf('shoe', 'sock', 'hat', 'gone!').shop(DEMO);
const shopper = profileOf(
  ['view', 'shoe'],
  ['purchase', 'shoe'],
  ['click', 'sock'],
  ['view', 'gone'],
  ['view', 'unknown'],
  ['cart', 'hat'],
  ['purchase', 'sock'],
  ['purchase', 'gone'],
  ['view', 'shoe'],
);
const at = (seconds: number): string => new Date(seconds * 1_000).toISOString();

describe('what a shopper did', () => {
  it('has been looked at: each item once, the last first, nothing that is unavailable', () => {
    expect(recentlyViewed(shopper, shop, 10).items).toEqual([
      { item: 'shoe', at: at(8) },
      { item: 'sock', at: at(2) },
    ]);
    expect(recentlyViewed(shopper, shop, 1).items).toHaveLength(1);
  });

  it('has been bought, likewise', () => {
    expect(buyAgain(shopper, shop, 10).items).toEqual([
      { item: 'sock', at: at(6) },
      { item: 'shoe', at: at(1) },
    ]);
  });

  it('is nothing where nothing is known', () => {
    expect(recentlyViewed(Profile.empty(), shop, 10)).toEqual({ items: [] });
  });
});
