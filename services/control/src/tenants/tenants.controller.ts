import { createHash } from 'node:crypto';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, SerializeOptions } from '@nestjs/common';
import { Database, MAX_WRITE_KEYS, type StoredWriteKey } from '@offerstream/database';
import { CLOCK, RANDOM_TOKEN, type Clock, type RandomToken } from '../chance-and-time.js';
import { Problem } from '@offerstream/http-api';
import { tenantUnknown } from '../problems.js';
import {
  addedWriteKeyResponse,
  tenantBody,
  tenantListResponse,
  tenantParams,
  tenantResponse,
  writeKeyBody,
  writeKeyListResponse,
  writeKeyParams,
  type TenantBody,
  type TenantParams,
  type WriteKeyBody,
  type WriteKeyParams,
} from './tenant-schemas.js';

const ID_DIGITS = 16;

@Controller('v1/tenants')
export class TenantsController {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM_TOKEN) private readonly randomToken: RandomToken,
  ) {}

  @Get()
  @SerializeOptions({ schema: tenantListResponse })
  async list() {
    return { tenants: await this.database.tenants.list() };
  }

  @Put(':tenant')
  @SerializeOptions({ schema: tenantResponse })
  put(@Param({ schema: tenantParams }) { tenant }: TenantParams, @Body({ schema: tenantBody }) body: TenantBody) {
    return this.database.tenants.put({ id: tenant, consent: body.consent, placements: body.placements });
  }

  @Get(':tenant')
  @SerializeOptions({ schema: tenantResponse })
  async get(@Param({ schema: tenantParams }) { tenant }: TenantParams) {
    const stored = await this.database.tenants.get(tenant);
    if (stored === undefined) throw tenantUnknown(tenant);
    return stored;
  }

  /** Makes a key and shows it once, or takes a given one. */
  @Post(':tenant/write-keys')
  @SerializeOptions({ schema: addedWriteKeyResponse })
  async addWriteKey(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Body({ schema: writeKeyBody }) body: WriteKeyBody,
  ) {
    const made = body.key === undefined ? `wk_${this.randomToken()}` : undefined;
    const hash = createHash('sha256')
      .update(made ?? body.key ?? '')
      .digest('hex');
    const stored = { hash, name: body.name, created: this.clock() };
    const addition = await this.database.tenants.addWriteKey(tenant, stored);
    switch (addition) {
      case 'added':
      case 'known':
        return { ...shown(stored), ...(made === undefined ? {} : { key: made }) };
      case 'unknown-tenant':
        throw tenantUnknown(tenant);
      case 'taken':
        throw new Problem({
          status: 409,
          code: 'write-key-taken',
          reason: 'Another tenant has or had this write key.',
          fix: 'Give another key, or none to have one made.',
        });
      case 'too-many':
        throw new Problem({
          status: 409,
          code: 'too-many-write-keys',
          reason: `A tenant has at most ${MAX_WRITE_KEYS} write keys.`,
          fix: `Revoke one first: DELETE /v1/tenants/${tenant}/write-keys/{id}.`,
        });
    }
  }

  @Get(':tenant/write-keys')
  @SerializeOptions({ schema: writeKeyListResponse })
  async listWriteKeys(@Param({ schema: tenantParams }) { tenant }: TenantParams) {
    const keys = await this.database.tenants.listWriteKeys(tenant);
    if (keys === undefined) throw tenantUnknown(tenant);
    return { writeKeys: keys.map(shown) };
  }

  @Delete(':tenant/write-keys/:id')
  @HttpCode(204)
  async revokeWriteKey(@Param({ schema: writeKeyParams }) { tenant, id }: WriteKeyParams): Promise<void> {
    if (await this.database.tenants.revokeWriteKey(tenant, id, this.clock())) return;
    throw new Problem({
      status: 404,
      code: 'write-key-unknown',
      reason: `Tenant ${tenant} has no live write key ${id}.`,
      fix: `See GET /v1/tenants/${tenant}/write-keys.`,
    });
  }
}

const shown = ({ hash, name, created }: StoredWriteKey) => ({
  id: hash.slice(0, ID_DIGITS),
  name,
  created: created.toISOString(),
});
