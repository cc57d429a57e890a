import type { Shop } from './catalog.js';
import type { OfferTerms } from './publication.js';

/** Whether a stored offer can be shown as it is, by its terms alone: it has not expired, and all its items can still be had. */
export const isAsStored = (
  { validUntilMs, items }: OfferTerms,
  { shop, nowMs }: { readonly shop: Shop; readonly nowMs: number },
): boolean => validUntilMs >= nowMs && items.every((hash) => shop.item(hash)?.available === true);
