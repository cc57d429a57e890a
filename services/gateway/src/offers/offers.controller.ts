import { Controller, Get, Param, Query } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { FinishedJson, Operation, scopeMissing, TheCall, type Call } from '@offerstream/http-api';
import type { Scope } from '@offerstream/tenancy';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { placementOf, REFUSALS, tenantOf } from '../the-tenant.js';
import { NewestOffers } from './newest-offers.js';
import { OfferCopy } from './offer-copy.js';
import {
  answeredOffer,
  offerParams,
  offerQuery,
  type AnsweredOffer,
  type OfferParams,
  type OfferQuery,
} from './offer-schemas.js';

@Controller('v1/offers')
export class OffersController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly metering: Metering,
    private readonly offers: NewestOffers,
    private readonly copy: OfferCopy,
  ) {}

  @Get(':subject')
  @Operation({
    id: 'getOffer',
    tag: 'offers',
    summary: 'The newest offer of a shopper in a placement.',
    description:
      'The newest stored offer, as it went out on the topic `offers`, without what has become unavailable since and filled up with popular items. The items of one that has expired have the strategy `last`. A shopper of whom nothing is known gets popular items; that offer has no `revision` and no `cause`. With `copy`, the tenant’s language model fills the placement’s templates with each item, the same for the same offer; what keeps it from that stands in the answer, and the offer is there all the same.',
    scope: 'offers:read',
    rateLimited: true,
    paidOnce: true,
    timeoutMs: null,
    response: answeredOffer,
    problems: { ...REFUSALS, 404: ['placement-unknown'] },
  })
  async newest(
    @Param({ schema: offerParams }) { subject }: OfferParams,
    @Query({ schema: offerQuery }) query: OfferQuery,
    @TheCall() call: Call,
  ): Promise<FinishedJson | AnsweredOffer> {
    const tenant = tenantOf(call, this.tables);
    const placement = placementOf(tenant, query.placement);
    if (!query.copy)
      return this.metering.charge(tenant, [METERS.offers], () => this.offers.read(tenant.id, subject, placement));
    if (!call.principal.scopes.has(LANGUAGE)) throw scopeMissing(LANGUAGE);
    return this.metering.charge(tenant, [METERS.offers], async () => {
      const { json } = await this.offers.read(tenant.id, subject, placement);
      return this.copy.write(tenant, placement, JSON.parse(json.toString()) as AnsweredOffer, call);
    });
  }
}

const LANGUAGE: Scope = 'language:use';
