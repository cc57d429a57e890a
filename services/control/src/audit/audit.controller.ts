import { Controller, Get, Param, Query } from '@nestjs/common';
import { Database, type AuditPage } from '@offerstream/database';
import { nextPage, Operation, pageQuery, tenantUnknown } from '@offerstream/http-api';
import { z } from 'zod';
import { tenantParams, type TenantParams } from '../tenants/tenant-schemas.js';

const recordId = z.string().regex(/^[1-9][0-9]{0,17}$/, 'must be the id of a record');
const auditPageQuery = pageQuery(recordId);
type AuditPageQuery = z.output<typeof auditPageQuery>;

const auditPageResponse = z.object({
  records: z.array(
    z.object({
      id: recordId,
      tenant: z.string().nullable().meta({ description: 'Null for what belongs to no tenant.' }),
      at: z.iso.datetime(),
      by: z.object({ kind: z.string(), id: z.string() }).meta({ description: 'Who did it: a user, a key, the admin.' }),
      operation: z.string().meta({ description: 'The id of the operation.' }),
      target: z.string().meta({ description: 'What was changed.' }),
      requestId: z.string(),
      summary: z.record(z.string(), z.unknown()).meta({ description: 'What it is now, or what was done.' }),
    }),
  ),
  next: nextPage,
});

const EXAMPLE = {
  records: [
    {
      id: '17',
      tenant: 'my-shop',
      at: '2026-03-01T09:00:00.000Z',
      by: { kind: 'user', id: 'usr_0f8fad5bd9cb469fa16570867728950e' },
      operation: 'revokeKey',
      target: 'key 8c365d0d5950e8e1',
      requestId: '5d9f2c1e-8f0e-4f5b-9c39-0a4c1c1f6b51',
      summary: { purpose: 'website', revoked: true },
    },
  ],
};

@Controller('v1')
export class AuditController {
  constructor(private readonly database: Database) {}

  @Get('tenants/:tenant/audit')
  @Operation({
    id: 'listAudit',
    tag: 'audit',
    summary: 'Who changed what in a tenant, newest first.',
    scope: 'audit:read',
    response: auditPageResponse,
    example: EXAMPLE,
  })
  async list(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Query({ schema: auditPageQuery }) { after, limit }: AuditPageQuery,
  ) {
    const page = await this.database.audit.list(tenant, { before: after, limit });
    if (page.records.length === 0 && (await this.database.tenants.get(tenant)) === undefined)
      throw tenantUnknown(tenant);
    return shownPage(page);
  }

  @Get('audit')
  @Operation({
    id: 'listAllAudit',
    tag: 'audit',
    summary: 'Who changed what, in all tenants and beyond them, newest first.',
    scope: 'tenants:read',
    response: auditPageResponse,
    example: EXAMPLE,
  })
  async listAll(@Query({ schema: auditPageQuery }) { after, limit }: AuditPageQuery) {
    return shownPage(await this.database.audit.list(undefined, { before: after, limit }));
  }
}

const shownPage = ({ records, next }: AuditPage) => ({
  records: records.map(({ tenant = null, at, principal, ...record }) => ({
    ...record,
    tenant,
    at: at.toISOString(),
    by: principal,
  })),
  next,
});
