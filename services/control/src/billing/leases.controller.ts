import { Body, Controller, Inject, Post } from '@nestjs/common';
import { Database } from '@offerstream/database';
import { Operation } from '@offerstream/http-api';
import { CLOCK, type Clock } from '../chance-and-time.js';
import { BillingMetrics } from './billing-metrics.js';
import { leasesBody, leasesResponse, returnsBody, type LeasesBody, type ReturnsBody } from './lease-schemas.js';

const QUOTA = { tenant: 'my-shop', meter: 'recommendations', month: '2026-03' };

@Controller('v1/leases')
export class LeasesController {
  constructor(
    private readonly database: Database,
    private readonly metrics: BillingMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @Operation({
    id: 'leaseQuotas',
    tag: 'data plane',
    summary: 'Fills up leases of quotas.',
    description:
      'A replica may hold the smaller of 1 % of the limit and a quarter of the rest, shared by all replicas that asked within the last 30 s, and at least what the request needs that waits for it. A request without quotas says only that the replica is alive.',
    scope: 'quota:lease',
    response: leasesResponse,
    requestExample: { replica: 'gateway-1', requests: [{ ...QUOTA, held: 12, needed: 1, unleased: 0 }] },
    example: { grants: [{ units: 13, remaining: 4_310 }] },
  })
  async lease(@Body({ schema: leasesBody }) { replica, requests }: LeasesBody) {
    this.metrics.countLeases(requests.length);
    return { grants: await this.database.quotaLeases.lease(replica, requests, this.clock()) };
  }

  @Post('returns')
  @Operation({
    id: 'returnLeases',
    tag: 'data plane',
    summary: 'Gives back what a replica that ends has not spent.',
    scope: 'quota:lease',
    response: null,
    requestExample: { replica: 'gateway-1', returns: [{ ...QUOTA, spent: 880, unleased: 0 }] },
  })
  async giveBack(@Body({ schema: returnsBody }) { replica, returns }: ReturnsBody): Promise<void> {
    await this.database.quotaLeases.giveBack(replica, returns);
  }
}
