import { Controller, Get, Param, Query } from '@nestjs/common';
import { Database } from '@offerstream/database';
import { nextPage, Operation, pageQuery, tenantUnknown } from '@offerstream/http-api';
import { z } from 'zod';
import { tenantParams, type TenantParams } from '../tenants/tenant-schemas.js';

const recordId = z.string().regex(/^[1-9][0-9]{0,17}$/, 'must be the id of a record');
const auditPageQuery = pageQuery(recordId);

const auditPageResponse = z.object({
  records: z.array(
    z.object({
      id: recordId,
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

@Controller('v1/tenants/:tenant/audit')
export class AuditController {
  constructor(private readonly database: Database) {}

  @Get()
  @Operation({
    id: 'listAudit',
    tag: 'audit',
    summary: 'Who changed what in a tenant, newest first.',
    scope: 'audit:read',
    response: auditPageResponse,
    example: {
      records: [
        {
          id: '17',
          at: '2026-03-01T09:00:00.000Z',
          by: { kind: 'user', id: 'usr_0f8fad5bd9cb469fa16570867728950e' },
          operation: 'revokeKey',
          target: 'key 8c365d0d5950e8e1',
          requestId: '5d9f2c1e-8f0e-4f5b-9c39-0a4c1c1f6b51',
          summary: { purpose: 'website', revoked: true },
        },
      ],
    },
  })
  async list(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Query({ schema: auditPageQuery }) { after, limit }: z.output<typeof auditPageQuery>,
  ) {
    const { records, next } = await this.database.audit.list(tenant, { before: after, limit });
    if (records.length === 0 && (await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    return {
      records: records.map(({ at, principal, ...record }) => ({ ...record, at: at.toISOString(), by: principal })),
      next,
    };
  }
}
