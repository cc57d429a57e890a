import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { monthOf, monthStartMs } from '@offerstream/billing';
import { Database } from '@offerstream/database';
import { Operation, Problem, tenantUnknown } from '@offerstream/http-api';
import { CLOCK, type Clock } from '../chance-and-time.js';
import { tenantParams, type TenantParams } from '../tenants/tenant-schemas.js';
import { MAX_USAGE_DAYS, USAGE_EXAMPLE, usageQuery, usageResponse, type UsageQuery } from './usage-schemas.js';

const DAY_MS = 86_400_000;

@Controller('v1/tenants/:tenant/usage')
export class UsageController {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Operation({
    id: 'getUsage',
    tag: 'billing',
    summary: 'What a tenant used, by meter and time.',
    description:
      'Sources tell their counts every few seconds, and each hour’s count belongs to the step that the hour begins in.',
    scope: 'usage:read',
    response: usageResponse,
    problems: { 400: ['from-after-to', 'time-too-long'] },
    example: USAGE_EXAMPLE,
  })
  async get(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Query({ schema: usageQuery }) { by, ...query }: UsageQuery,
  ) {
    const to = query.to === undefined ? this.clock() : new Date(query.to);
    const from = query.from === undefined ? monthStart(to) : new Date(query.from);
    if (from > to) throw FROM_AFTER_TO;
    if (to.getTime() - from.getTime() > MAX_USAGE_DAYS[by] * DAY_MS) throw timeTooLong(by);
    if ((await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    const totals = await this.database.usage.totals({ tenant, from, to, by });
    return {
      tenant,
      from: from.toISOString(),
      to: to.toISOString(),
      by,
      totals: totals.map((total) => ({ ...total, from: total.from.toISOString() })),
    };
  }
}

const monthStart = (at: Date): Date => new Date(monthStartMs(monthOf(at.getTime())));

const FROM_AFTER_TO = new Problem({
  status: 400,
  code: 'from-after-to',
  reason: 'from is later than to.',
  fix: 'Give a from that is earlier.',
});

const timeTooLong = (by: UsageQuery['by']): Problem =>
  new Problem({
    status: 400,
    code: 'time-too-long',
    reason: `By ${by}, at most ${MAX_USAGE_DAYS[by]} days can be asked for.`,
    fix: 'Ask for a shorter time, or for longer steps.',
  });
