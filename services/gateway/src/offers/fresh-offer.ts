import {
  itemHash,
  offerId,
  type Offer,
  type Placement,
  type Strategy,
  type SubjectId,
  type TenantId,
} from '@offerstream/contracts';
import {
  decideItems,
  type DescribedItem,
  type OfferTerms,
  type ServingModel,
  type Shop,
} from '@offerstream/decisioning';
import type { AnsweredOffer } from './offer-schemas.js';

/** What is known at the moment of the answer. */
export interface Present {
  readonly tenant: TenantId;
  readonly shop: Shop<DescribedItem>;
  /** The placement's model, where it is promoted. */
  readonly model: ServingModel | undefined;
  /** Hashes of the popular items for the placement, best first. */
  readonly popular: readonly bigint[];
  readonly nowMs: number;
}

type OfferItem = Offer['items'][number];

/** Whether a stored offer can be shown as it is, by its terms alone: {@link freshOffer} would change nothing of it. */
export const isAsStored = ({ validUntilMs, items }: OfferTerms, { shop, nowMs }: Present): boolean =>
  validUntilMs >= nowMs && items.every((hash) => shop.item(hash)?.available === true);

/**
 * A stored offer as it can be shown now: without what has become unavailable or was deleted, filled up to its length with popular
 * items. The ranking of one that has expired is the shopper's last. Where nothing has changed it is the stored object itself;
 * otherwise it is made of named fields, since no schema is asked before it leaves.
 */
export const freshOffer = (stored: Offer, { tenant, shop, popular, nowMs }: Present): Offer => {
  const isExpired = Date.parse(stored.validUntil) < nowMs;
  const shown = stored.items.filter(({ item }) => shop.item(itemHash(tenant, item))?.available === true);
  if (!isExpired && shown.length === stored.items.length) return stored;

  const items = shown.map((item) => (isExpired && item.strategy === 'personal' ? { ...item, strategy: LAST } : item));
  const taken = new Set(items.map(({ item }) => item));
  if (items.length < stored.items.length)
    items.push(...popularItems(stored.items.length - items.length, shop, popular, ({ id }) => !taken.has(id)));
  const { revision, subject, placement, model, cause, validUntil } = stored;
  return {
    id: idOf(stored, items, tenant),
    revision,
    tenant,
    subject,
    placement,
    items: ranked(items),
    model: model === null ? null : { name: model.name, version: model.version },
    cause: { messageId: cause.messageId, eventTime: cause.eventTime },
    validUntil,
  };
};

const LAST: Strategy = 'last';

/** For a shopper of whom nothing is known: the tenant's popular items. */
export const popularOffer = (
  subject: SubjectId,
  placement: Placement,
  { tenant, shop, model, popular, nowMs }: Present,
): AnsweredOffer => ({
  id: offerId(tenant, subject, spanOf(placement, nowMs), { placement: placement.id, model, strategy: 'popular' }),
  revision: null,
  tenant,
  subject,
  placement: placement.id,
  items: ranked(popularItems(placement.slots, shop, popular)),
  model: model === undefined ? null : { name: model.name, version: model.version },
  cause: null,
  validUntil: new Date(nowMs + placement.validitySeconds * 1_000).toISOString(),
});

/** While this is the same, who looks again sees the same offer: as a stored one, it is shown once. */
const spanOf = ({ validitySeconds }: Placement, nowMs: number): string =>
  String(nowMs - (nowMs % (validitySeconds * 1_000)));

/** The id says who chose the first item; where that is another than before, what comes of the offer is another's merit. */
const idOf = (stored: Offer, items: readonly OfferItem[], tenant: TenantId): string => {
  const strategy = items[0]?.strategy;
  return strategy === undefined || strategy === stored.items[0]?.strategy
    ? stored.id
    : offerId(tenant, stored.subject, stored.id, {
        placement: stored.placement,
        model: stored.model ?? undefined,
        strategy,
      });
};

const popularItems = (
  slots: number,
  shop: Shop<DescribedItem>,
  popular: readonly bigint[],
  accepts?: (item: DescribedItem) => boolean,
): OfferItem[] =>
  decideItems({ slots, shop, personal: undefined, last: undefined, popular, accepts }).map(
    ({ item, score, strategy }): OfferItem => ({ item: item.id, rank: 0, score, strategy }),
  );

const ranked = (items: readonly OfferItem[]): OfferItem[] =>
  items.map(({ item, score, strategy }, index) => ({ item, rank: index + 1, score, strategy }));
