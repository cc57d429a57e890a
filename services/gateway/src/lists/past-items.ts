import { ACTION, type ActionCode } from '@offerstream/contracts';
import type { DescribedItem, Shop } from '@offerstream/decisioning';
import type { Profile } from '@offerstream/profile';
import type { PastItems } from './list-schemas.js';

const LOOKED_AT: ReadonlySet<ActionCode> = new Set([ACTION.view, ACTION.click]);
const BOUGHT: ReadonlySet<ActionCode> = new Set([ACTION.purchase]);

/** What the shopper looked at, the last first. */
export const recentlyViewed = (profile: Profile, shop: Shop<DescribedItem>, slots: number): PastItems =>
  pastItems(profile, shop, slots, LOOKED_AT);

/** What the shopper bought, the last first. */
export const buyAgain = (profile: Profile, shop: Shop<DescribedItem>, slots: number): PastItems =>
  pastItems(profile, shop, slots, BOUGHT);

/** Each item once and none that is unavailable. As far back as a profile remembers. */
const pastItems = (
  profile: Profile,
  shop: Shop<DescribedItem>,
  slots: number,
  actions: ReadonlySet<ActionCode>,
): PastItems => {
  const items = new Map<DescribedItem, string>();
  for (const { itemHash, action, timeSeconds } of profile.history().reverse()) {
    if (items.size === slots) break;
    const item = shop.item(itemHash);
    if (item?.available === true && actions.has(action) && !items.has(item))
      items.set(item, new Date(timeSeconds * 1_000).toISOString());
  }
  return { items: Array.from(items, ([{ id }, at]) => ({ item: id, at })) };
};
