import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { Database, type AssignmentRefusal } from '@offerstream/database';
import { Operation, Problem, tenantUnknown, TheCall, type Call } from '@offerstream/http-api';
import { Changes } from '../changes.js';
import { tenantParams, type TenantParams } from '../tenants/tenant-schemas.js';
import {
  PLAN_EXAMPLE,
  shownTenantPlan,
  tenantPlanBody,
  tenantPlanResponse,
  type TenantPlanBody,
} from './plan-schemas.js';
import { planUnknown } from './plans.controller.js';

const EXAMPLE = { plan: PLAN_EXAMPLE, since: '2026-03-01T09:00:00.000Z' };

@Controller('v1/tenants/:tenant/plan')
export class TenantPlanController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
  ) {}

  @Get()
  @Operation({
    id: 'getTenantPlan',
    tag: 'billing',
    summary: 'The plan that a tenant has.',
    description: 'A tenant without a plan has no limits and gets no invoices.',
    scope: 'plans:read',
    response: tenantPlanResponse,
    problems: { 404: ['no-plan'] },
    example: EXAMPLE,
  })
  async get(@Param({ schema: tenantParams }) { tenant }: TenantParams) {
    const found = await this.database.plans.ofTenant(tenant);
    if (found !== undefined) return shownTenantPlan(found);
    if ((await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    throw noPlan(tenant);
  }

  @Put()
  @Operation({
    id: 'putTenantPlan',
    tag: 'billing',
    summary: 'Gives a tenant the newest version of a plan.',
    description:
      'Its limits hold as soon as the data plane has heard of them, within a second. A month is priced by the plan that the tenant has at its end.',
    scope: 'tenants:write',
    response: tenantPlanResponse,
    problems: { 404: ['plan-unknown'], 409: ['other-currency'] },
    requestExample: { plan: PLAN_EXAMPLE.id },
    example: EXAMPLE,
  })
  async put(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Body({ schema: tenantPlanBody }) { plan }: TenantPlanBody,
    @TheCall() call: Call,
  ) {
    const { answer } = await this.changes.make(call, async (change) => {
      const assigned = await this.database.plans.assign(change, tenant, plan);
      if (typeof assigned === 'string') throw refusal(assigned, tenant, plan);
      return shownTenantPlan(assigned);
    });
    return answer;
  }
}

const refusal = (reason: AssignmentRefusal, tenant: string, plan: string): Problem => {
  switch (reason) {
    case 'unknown-tenant':
      return tenantUnknown(tenant);
    case 'unknown-plan':
      return planUnknown(plan);
    case 'other-currency':
      return new Problem({
        status: 409,
        code: 'other-currency',
        reason: `Plan ${plan} is paid in another currency than the tenant's plan.`,
        fix: 'Choose a plan of the same currency.',
      });
  }
};

const noPlan = (tenant: string): Problem =>
  new Problem({
    status: 404,
    code: 'no-plan',
    reason: `Tenant ${tenant} has no plan: it has no limits and gets no invoices.`,
    fix: `Give it one: PUT /v1/tenants/${tenant}/plan.`,
  });
