import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { Database } from '@offerstream/database';
import { Operation, tenantUnknown, TheCall, versionConflict, type Call } from '@offerstream/http-api';
import { Changes } from '../changes.js';
import {
  requireOwnModel,
  TENANT_EXAMPLE,
  tenantBody,
  tenantPageQuery,
  tenantPageResponse,
  tenantParams,
  tenantResponse,
  type TenantBody,
  type TenantPageQuery,
  type TenantParams,
} from './tenant-schemas.js';

@Controller('v1/tenants')
export class TenantsController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
  ) {}

  @Get()
  @Operation({
    id: 'listTenants',
    tag: 'tenants',
    summary: 'All tenants, by id.',
    scope: 'tenants:read',
    response: tenantPageResponse,
    example: { tenants: [TENANT_EXAMPLE] },
  })
  list(@Query({ schema: tenantPageQuery }) { after, limit }: TenantPageQuery) {
    return this.database.tenants.list({ after, limit });
  }

  @Put(':tenant')
  @Operation({
    id: 'putTenant',
    tag: 'tenants',
    summary:
      'Says what a tenant is: its consent rule, its placements, and from which hosts its items’ pictures are fetched.',
    description:
      'What is left out of `placements` is gone; without `pictureHosts` these stay as they are. A tenant that is not there yet is created, for the operator. The name of a model begins with the tenant and a dot.',
    scope: 'tenant:write',
    response: tenantResponse,
    etag: true,
    ifMatch: true,
    problems: { 404: ['model-unknown'] },
    requestExample: {
      consent: TENANT_EXAMPLE.consent,
      placements: TENANT_EXAMPLE.placements,
      pictureHosts: TENANT_EXAMPLE.pictureHosts,
    },
    example: TENANT_EXAMPLE,
  })
  async put(
    @Param({ schema: tenantParams }) { tenant: id }: TenantParams,
    @Body({ schema: tenantBody }) { consent, placements, pictureHosts }: TenantBody,
    @TheCall() call: Call,
  ) {
    for (const { model } of placements) requireOwnModel(id, model);
    const { answer } = await this.changes.make(call, async (change) => {
      const put = await this.database.tenants.put(change, { id, consent, placements, pictureHosts }, call.ifMatch);
      if (put.outcome === 'conflict') throw versionConflict(put.current);
      return put.tenant;
    });
    return answer;
  }

  @Get(':tenant')
  @Operation({
    id: 'getTenant',
    tag: 'tenants',
    summary: 'One tenant.',
    scope: 'tenant:read',
    response: tenantResponse,
    etag: true,
    example: TENANT_EXAMPLE,
  })
  async get(@Param({ schema: tenantParams }) { tenant }: TenantParams) {
    const stored = await this.database.tenants.get(tenant);
    if (stored === undefined) throw tenantUnknown(tenant);
    return stored;
  }
}
