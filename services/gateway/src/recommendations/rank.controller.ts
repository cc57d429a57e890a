import { Body, Controller, Post } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { Operation, TheCall, type Call } from '@offerstream/http-api';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { REFUSALS, tenantOf } from '../the-tenant.js';
import { rankBody, rankResponse, type RankBody } from './rank-schemas.js';
import { RecommendFor } from './recommend-for.js';

@Controller('v1/rank')
export class RankController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly metering: Metering,
    private readonly recommendFor: RecommendFor,
  ) {}

  @Post()
  @Operation({
    id: 'rank',
    tag: 'recommendations',
    summary: 'Puts a list of items in the order of a shopper’s taste.',
    description:
      'By the scores of the model that ranks recommendations. An item that the model has not scored comes after those that it has, by popularity; where the model does not answer, all do.',
    scope: 'recommendations:read',
    status: 200,
    rateLimited: true,
    response: rankResponse,
    problems: { ...REFUSALS, 404: ['placement-unknown', 'model-unknown'] },
    requestExample: { subject: 'anna', items: ['shoe', 'sock', 'hat'] },
  })
  rank(@Body({ schema: rankBody }) body: RankBody, @TheCall() call: Call) {
    const tenant = tenantOf(call, this.tables);
    const asked = this.recommendFor.read(tenant, body);
    return this.metering.charge(tenant, [METERS.recommendations], () => this.recommendFor.rank(asked));
  }
}
