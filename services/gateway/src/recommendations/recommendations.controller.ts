import { Body, Controller, Post } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { FinishedJson, Operation, scopeMissing, TheCall, type Call } from '@offerstream/http-api';
import type { Scope } from '@offerstream/tenancy';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { REFUSALS, tenantOf } from '../the-tenant.js';
import { RecommendFor } from './recommend-for.js';
import {
  recommendationsBody,
  recommendationsResponse,
  type RecommendationsBody,
  type RecommendationsResponse,
} from './recommendation-schemas.js';

@Controller('v1/recommendations')
export class RecommendationsController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly metering: Metering,
    private readonly recommendFor: RecommendFor,
  ) {}

  @Post()
  @Operation({
    id: 'recommend',
    tag: 'recommendations',
    summary: 'Recommends items to a shopper, now.',
    description:
      'The same ranking as that of the published offers: for the state that they were made of, the answer has the same items. Where the model does not answer, items have the strategy `last` or `popular`. Filters hold for the whole catalog, not only for the best items.',
    scope: 'recommendations:read',
    status: 200,
    rateLimited: true,
    timeoutMs: null,
    response: recommendationsResponse,
    problems: { ...REFUSALS, 404: ['placement-unknown', 'model-unknown'] },
    requestExample: {
      subject: 'anna',
      placement: 'home',
      context: ['shoe'],
      exclude: ['sock'],
      filters: { price: { max: 100 }, categories: [['Shoes', 'Running']] },
      diversity: 0.3,
      limit: 10,
    },
  })
  async recommend(
    @Body({ schema: recommendationsBody }) body: RecommendationsBody,
    @TheCall() call: Call,
  ): Promise<RecommendationsResponse | FinishedJson> {
    if (body.explain && !call.principal.scopes.has(EXPLAIN)) throw scopeMissing(EXPLAIN);
    const tenant = tenantOf(call, this.tables);
    const asked = this.recommendFor.read(tenant, body);
    const answer = await this.metering.charge(
      tenant,
      body.explain ? [METERS.recommendations, METERS.explanations] : [METERS.recommendations],
      () => this.recommendFor.recommend(asked),
      {
        worth: ({ items }) =>
          items.some(({ explanation }) => explanation != null)
            ? [METERS.recommendations, METERS.explanations]
            : [METERS.recommendations],
      },
    );
    // Its ids are those of the catalog and of the request, and were checked there; explanations are not on the hot path.
    return body.explain ? answer : new FinishedJson(JSON.stringify(answer));
  }
}

const EXPLAIN: Scope = 'explanations:read';
