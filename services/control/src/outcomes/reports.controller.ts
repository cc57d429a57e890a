import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Database, type OutcomeFigures } from '@offerstream/database';
import { Operation, Problem, tenantUnknown, TheCall, type Call } from '@offerstream/http-api';
import { CLOCK, type Clock } from '../chance-and-time.js';
import {
  DEFAULT_REPORT_DAYS,
  OUTCOMES_EXAMPLE,
  outcomesQuery,
  outcomesResponse,
  type OutcomesQuery,
} from './report-schemas.js';

export const ATTRIBUTION_DAYS = Symbol('attribution days');

const DAY_MS = 86_400_000;

@Controller('v1/reports')
export class ReportsController {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(ATTRIBUTION_DAYS) private readonly attributionDays: number,
  ) {}

  @Get('outcomes')
  @Operation({
    id: 'reportOfOutcomes',
    tag: 'reports',
    summary: 'What came of offers: impressions, clicks, orders and revenue.',
    description:
      'A purchased item is owed to the last offer of which the shopper had clicked that item or put it into the cart, within the window, or else to the offer that the order itself names. Computed when it is asked for, from what has arrived by then. Machines do not count: outcomes marked as theirs, and the days of shoppers with more than 60 of them in a minute.',
    scope: 'reports:read',
    response: outcomesResponse,
    problems: { 400: ['tenant-missing', 'from-after-to'], 404: ['tenant-unknown'] },
    example: OUTCOMES_EXAMPLE,
  })
  async outcomes(@Query({ schema: outcomesQuery }) query: OutcomesQuery, @TheCall() { principal }: Call) {
    const tenant = query.tenant ?? principal.tenant;
    if (tenant === undefined) throw TENANT_MISSING;
    const to = query.to === undefined ? this.clock() : new Date(query.to);
    const from =
      query.from === undefined ? new Date(to.getTime() - DEFAULT_REPORT_DAYS * DAY_MS) : new Date(query.from);
    if (from >= to) throw FROM_AFTER_TO;
    if ((await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    const { by, windowDays = this.attributionDays } = query;
    const { groups, total } = await this.database.outcomes.report({ tenant, from, to, windowDays, by });
    return {
      tenant,
      from: from.toISOString(),
      to: to.toISOString(),
      windowDays,
      by,
      groups: groups.map(({ keys, ...figures }) => ({ ...keys, ...withCtr(figures) })),
      total: withCtr(total),
    };
  }
}

const withCtr = (figures: OutcomeFigures) => ({
  ...figures,
  ctr: figures.impressions === 0 ? null : figures.clicks / figures.impressions,
});

const TENANT_MISSING = new Problem({
  status: 400,
  code: 'tenant-missing',
  reason: 'It is not said whose outcomes are asked for.',
  fix: 'Name the tenant: ?tenant=my-shop.',
});

const FROM_AFTER_TO = new Problem({
  status: 400,
  code: 'from-after-to',
  reason: 'The report would begin after its end.',
  fix: 'Give a `from` before `to`.',
});
