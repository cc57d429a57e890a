import { Body, Controller, Post } from '@nestjs/common';
import { Operation, TheCall, type Call } from '@offerstream/http-api';
import { GatewayTables } from '../gateway-tables.js';
import { tenantOf } from '../the-tenant.js';
import { outcomesBody, outcomesResponse, type OutcomesBody } from './outcome-request.js';
import { TakeOutcomes } from './take-outcomes.js';

@Controller('v1/outcomes')
export class OutcomesController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly outcomes: TakeOutcomes,
  ) {}

  @Post()
  @Operation({
    id: 'reportOutcomes',
    tag: 'outcomes',
    summary: 'Reports what came of offers.',
    description:
      'Impressions, clicks, additions to the cart and purchases, up to 100 at a time. They are kept for good when the answer is there. An outcome that is sent again with the same `id` is counted once; where it has none, the `Idempotency-Key`, the body and its place in the list make one.',
    scope: 'outcomes:write',
    status: 202,
    rateLimited: true,
    idempotent: true,
    response: outcomesResponse,
    problems: { 429: ['too-many-outcomes'], 503: ['starting', 'kafka-unavailable'] },
    requestExample: {
      outcomes: [
        {
          type: 'purchase',
          subject: 'anna',
          offerId: '0f8fad5bd9cb469fa16570867728950e',
          orderId: 'o-1001',
          currency: 'EUR',
          items: [{ item: 'shoe', quantity: 1, price: 89.9 }],
        },
      ],
    },
    example: { accepted: 1, ids: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'] },
  })
  async report(@Body({ schema: outcomesBody }) body: OutcomesBody, @TheCall() call: Call) {
    const tenant = tenantOf(call, this.tables);
    const ids = await this.outcomes.take(body, {
      tenant: tenant.id,
      idempotency: call.idempotency?.fingerprint,
    });
    return { accepted: ids.length, ids };
  }
}
