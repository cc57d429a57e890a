import { itemHash, offerSchema, type PlacementId, type TenantId } from '@offerstream/contracts';
import type { Message } from './publication.js';

/** Items and scores that a shopper was offered in a placement, best first. */
export type StoredRanking = readonly { readonly itemHash: bigint; readonly score: number }[];

/** What stored offers said, to fall back to. */
export const storedRankings = (
  tenant: TenantId,
  messages: readonly Message[],
): ReadonlyMap<PlacementId, StoredRanking> =>
  new Map(
    messages
      .filter(({ topic }) => topic === 'offers')
      .map(({ value }) => {
        const offer = offerSchema.parse(JSON.parse(value.toString()));
        return [offer.placement, offer.items.map(({ item, score }) => ({ itemHash: itemHash(tenant, item), score }))];
      }),
  );
