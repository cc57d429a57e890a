import type { Offer, Placement, SubjectId, TenantId } from '@offerstream/contracts';
import { publishedOffer } from '@offerstream/decisioning';
import { FinishedJson } from '@offerstream/http-api';
import type { GatewayTables } from '../gateway-tables.js';
import type { Shoppers } from '../shoppers.js';
import { freshOffer, isAsStored, popularOffer, type Present } from './fresh-offer.js';

export interface NewestOffersParts {
  readonly tables: Pick<GatewayTables, 'shop' | 'models'>;
  readonly shoppers: Pick<Shoppers, 'publication'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** The read path of a site: a shopper's newest stored offer, as it can be shown now. */
export class NewestOffers {
  constructor(private readonly parts: NewestOffersParts) {}

  /** An answered offer; the very bytes of the topic `offers` where nothing had to be changed. */
  async read(tenant: TenantId, subject: SubjectId, placement: Placement): Promise<FinishedJson> {
    const { tables, shoppers, nowMs } = this.parts;
    const publication = await shoppers.publication(tenant, subject);
    const published = publication === undefined ? undefined : publishedOffer(publication, placement.id);
    const present: Present = {
      tenant,
      shop: tables.shop(tenant),
      model: tables.models.get(tenant, placement.model),
      popular: tables.models.popularOf(tenant, placement.model),
      nowMs: nowMs(),
    };
    if (published === undefined) return new FinishedJson(JSON.stringify(popularOffer(subject, placement, present)));
    // Text instead of bytes: Node sends it together with the headers, in one piece.
    const json = published.value.toString();
    if (published.terms !== undefined && isAsStored(published.terms, present)) return new FinishedJson(json);
    // Read without its schema: the personalizer wrote it by that, and the check would take longer than everything else.
    const stored = JSON.parse(json) as Offer;
    const fresh = freshOffer(stored, present);
    return new FinishedJson(fresh === stored ? json : JSON.stringify(fresh));
  }
}
