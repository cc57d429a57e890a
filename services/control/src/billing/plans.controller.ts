import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { Database } from '@offerstream/database';
import { Operation, Problem, TheCall, versionConflict, type Call } from '@offerstream/http-api';
import { Changes } from '../changes.js';
import {
  PLAN_EXAMPLE,
  planBody,
  planListResponse,
  planParams,
  planResponse,
  TERMS_EXAMPLE,
  type PlanBody,
  type PlanParams,
} from './plan-schemas.js';

@Controller('v1/plans')
export class PlansController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
  ) {}

  @Get()
  @Operation({
    id: 'listPlans',
    tag: 'billing',
    summary: 'The newest version of each plan, by id.',
    scope: 'plans:read',
    response: planListResponse,
    example: { plans: [PLAN_EXAMPLE] },
  })
  async list() {
    return { plans: await this.database.plans.list() };
  }

  @Get(':plan')
  @Operation({
    id: 'getPlan',
    tag: 'billing',
    summary: 'The newest version of a plan.',
    scope: 'plans:read',
    response: planResponse,
    etag: true,
    problems: { 404: ['plan-unknown'] },
    example: PLAN_EXAMPLE,
  })
  async get(@Param({ schema: planParams }) { plan: id }: PlanParams) {
    const plan = await this.database.plans.get(id);
    if (plan === undefined) throw planUnknown(id);
    return plan;
  }

  @Put(':plan')
  @Operation({
    id: 'putPlan',
    tag: 'billing',
    summary: 'Makes a plan, or another version of it.',
    description:
      'Tenants keep the version that they have; `PUT /v1/tenants/{tenant}/plan` gives them the newest. Prices are millionths of the currency for 1,000 units beyond the included ones.',
    scope: 'plans:write',
    response: planResponse,
    etag: true,
    ifMatch: true,
    requestExample: TERMS_EXAMPLE,
    example: PLAN_EXAMPLE,
  })
  async put(
    @Param({ schema: planParams }) { plan: id }: PlanParams,
    @Body({ schema: planBody }) body: PlanBody,
    @TheCall() call: Call,
  ) {
    const { answer } = await this.changes.make(call, async (change) => {
      const put = await this.database.plans.put(change, { id, ...body }, call.ifMatch);
      if (put.outcome === 'conflict') throw versionConflict(put.current);
      return put.plan;
    });
    return answer;
  }
}

export const planUnknown = (plan: string): Problem =>
  new Problem({
    status: 404,
    code: 'plan-unknown',
    reason: `There is no plan ${plan}.`,
    fix: 'See GET /v1/plans.',
  });
