import { Controller, Get, Param, Query } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { FinishedJson, Operation, TheCall, type Call } from '@offerstream/http-api';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { placementOf, REFUSALS, tenantOf } from '../the-tenant.js';
import { NewestOffers } from './newest-offers.js';
import { answeredOffer, offerParams, offerQuery, type OfferParams, type OfferQuery } from './offer-schemas.js';

@Controller('v1/offers')
export class OffersController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly metering: Metering,
    private readonly offers: NewestOffers,
  ) {}

  @Get(':subject')
  @Operation({
    id: 'getOffer',
    tag: 'offers',
    summary: 'The newest offer of a shopper in a placement.',
    description:
      'The newest stored offer, as it went out on the topic `offers`, without what has become unavailable since and filled up with popular items. The items of one that has expired have the strategy `last`. A shopper of whom nothing is known gets popular items; that offer has no `revision` and no `cause`.',
    scope: 'offers:read',
    rateLimited: true,
    timeoutMs: null,
    response: answeredOffer,
    problems: { ...REFUSALS, 404: ['placement-unknown'] },
  })
  async newest(
    @Param({ schema: offerParams }) { subject }: OfferParams,
    @Query({ schema: offerQuery }) query: OfferQuery,
    @TheCall() call: Call,
  ): Promise<FinishedJson> {
    const tenant = tenantOf(call, this.tables);
    const placement = placementOf(tenant, query.placement);
    return this.metering.charge(tenant, [METERS.offers], () => this.offers.read(tenant.id, subject, placement));
  }
}
