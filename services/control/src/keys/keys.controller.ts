import { Body, Controller, Delete, Get, Inject, Param, Post, Query } from '@nestjs/common';
import type { TenantId } from '@offerstream/contracts';
import { Database, MAX_KEYS, MAX_KEYS_OF_PURPOSE, type KeyRefusal, type StoredKey } from '@offerstream/database';
import { Operation, Problem, tenantUnknown, TheCall, type Call } from '@offerstream/http-api';
import { hashApiKey, makeApiKey, SCOPES_OF_KEY_KIND } from '@offerstream/tenancy';
import { Changes } from '../changes.js';
import { CLOCK, RANDOM_BYTES, type Clock, type RandomBytes } from '../chance-and-time.js';
import { tenantParams, type TenantParams } from '../tenants/tenant-schemas.js';
import {
  KEY_EXAMPLE,
  keyBody,
  keyPageQuery,
  keyPageResponse,
  keyParams,
  madeKeyResponse,
  rotationBody,
  shownKey,
  type KeyBody,
  type KeyPageQuery,
  type KeyParams,
  type RotationBody,
} from './key-schemas.js';

@Controller('v1/tenants/:tenant/keys')
export class KeysController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
  ) {}

  @Get()
  @Operation({
    id: 'listKeys',
    tag: 'keys',
    summary: 'The live keys of a tenant, oldest first.',
    scope: 'keys:read',
    response: keyPageResponse,
    example: { keys: [KEY_EXAMPLE] },
  })
  async list(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Query({ schema: keyPageQuery }) { after, limit }: KeyPageQuery,
  ) {
    const { keys, next } = await this.database.keys.list(tenant, { after, limit, at: this.clock() });
    if (keys.length === 0 && (await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    return { keys: keys.map(shownKey), next };
  }

  @Post()
  @Operation({
    id: 'createKey',
    tag: 'keys',
    summary: 'Makes a key and shows it once, or takes a write key of your own.',
    description:
      'The key works as soon as the data plane has heard of it, within a second. You can give it no scope that you do not have.',
    scope: 'keys:write',
    status: 201,
    response: madeKeyResponse,
    idempotent: true,
    problems: {
      403: ['scopes-not-yours'],
      409: ['key-taken', 'purpose-full', 'too-many-keys'],
      422: ['idempotency-key-reused'],
    },
    requestExample: { purpose: 'website', kind: 'sk', scopes: ['offers:read', 'recommendations:read'] },
    example: { ...KEY_EXAMPLE, key: 'ofs_sk_live_…' },
  })
  async create(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Body({ schema: keyBody }) body: KeyBody,
    @TheCall() call: Call,
  ) {
    const { purpose, kind, mode } = body;
    const key = body.key ?? makeApiKey({ kind, mode }, this.randomBytes(32));
    const scopes = body.scopes ?? SCOPES_OF_KEY_KIND[kind].filter((scope) => call.principal.scopes.has(scope));
    const expires = this.future(body.expiresAt);
    const { answer, replayed } = await this.changes.make(call, async (change) => {
      const added = { hash: hashApiKey(key), purpose, kind, mode, scopes, expires };
      return shownKey(allowed(await this.database.keys.add(change, tenant, added), call, { tenant }));
    });
    return replayed || body.key !== undefined ? answer : { ...answer, key };
  }

  @Post(':key/rotation')
  @Operation({
    id: 'rotateKey',
    tag: 'keys',
    summary: 'Makes a key of the same purpose and scopes, and lets the old one end after an overlap.',
    scope: 'keys:write',
    status: 201,
    response: madeKeyResponse,
    idempotent: true,
    problems: {
      403: ['scopes-not-yours'],
      404: ['key-unknown'],
      409: ['purpose-full', 'too-many-keys'],
      422: ['idempotency-key-reused'],
    },
    requestExample: { overlapSeconds: 86_400 },
    example: { ...KEY_EXAMPLE, key: 'ofs_sk_live_…' },
  })
  async rotate(
    @Param({ schema: keyParams }) { tenant, key: id }: KeyParams,
    @Body({ schema: rotationBody }) { overlapSeconds, expiresAt }: RotationBody,
    @TheCall() call: Call,
  ) {
    const expires = this.future(expiresAt);
    const found = await this.database.keys.get(tenant, id, this.clock());
    if (found === undefined) throw keyUnknown(tenant, id);
    const key = makeApiKey(found, this.randomBytes(32));
    const { answer, replayed } = await this.changes.make(call, async (change) => {
      const rotation = { hash: hashApiKey(key), expires, overlapSeconds };
      return shownKey(allowed(await this.database.keys.rotate(change, tenant, id, rotation), call, { tenant, id }));
    });
    return replayed ? answer : { ...answer, key };
  }

  @Delete(':key')
  @Operation({
    id: 'revokeKey',
    tag: 'keys',
    summary: 'Ends a key. It stops working within a second.',
    scope: 'keys:write',
    response: null,
    problems: { 404: ['key-unknown'] },
  })
  async revoke(@Param({ schema: keyParams }) { tenant, key: id }: KeyParams, @TheCall() call: Call): Promise<void> {
    await this.changes.make(call, async (change) => {
      const revoked = await this.database.keys.revoke(change, tenant, id);
      if (revoked !== 'revoked') throw refusal(revoked, { tenant, id });
    });
  }

  private future(expiresAt: string | undefined): Date | undefined {
    if (expiresAt === undefined) return undefined;
    const expires = new Date(expiresAt);
    if (expires <= this.clock()) throw EXPIRES_IN_PAST;
    return expires;
  }
}

interface Named {
  readonly tenant: TenantId;
  readonly id?: string;
}

/** The key, unless it was refused, or can do what its maker can't: nobody gets by a key what he has not got. */
const allowed = (key: StoredKey | KeyRefusal, { principal }: Call, named: Named): StoredKey => {
  if (typeof key === 'string') throw refusal(key, named);
  const missing = key.scopes.filter((scope) => !principal.scopes.has(scope));
  if (missing.length > 0) throw scopesNotYours(missing);
  return key;
};

const refusal = (reason: KeyRefusal, { tenant, id = '' }: Named): Problem => {
  switch (reason) {
    case 'unknown-tenant':
      return tenantUnknown(tenant);
    case 'unknown-key':
      return keyUnknown(tenant, id);
    case 'taken':
      return new Problem({
        status: 409,
        code: 'key-taken',
        reason: 'This key can not be had.',
        fix: 'Give another key, or none to have one made.',
      });
    case 'purpose-full':
      return new Problem({
        status: 409,
        code: 'purpose-full',
        reason: `${MAX_KEYS_OF_PURPOSE} keys of this kind are live for this purpose.`,
        fix: `Revoke one first, DELETE /v1/tenants/${tenant}/keys/{key}, or name another purpose.`,
      });
    case 'too-many':
      return new Problem({
        status: 409,
        code: 'too-many-keys',
        reason: `A tenant has at most ${MAX_KEYS} live keys.`,
        fix: `Revoke one first: DELETE /v1/tenants/${tenant}/keys/{key}.`,
      });
  }
};

const keyUnknown = (tenant: string, id: string): Problem =>
  new Problem({
    status: 404,
    code: 'key-unknown',
    reason: `Tenant ${tenant} has no live key ${id}.`,
    fix: `See GET /v1/tenants/${tenant}/keys.`,
  });

const scopesNotYours = (missing: readonly string[]): Problem =>
  new Problem({
    status: 403,
    code: 'scopes-not-yours',
    reason: `The key would have scopes that you do not have: ${missing.join(', ')}.`,
    fix: 'Leave them out, or ask an owner of the tenant.',
  });

const EXPIRES_IN_PAST = new Problem({
  status: 400,
  code: 'invalid',
  reason: 'expiresAt: is over already',
  fix: 'Give a time to come, or none.',
  fields: [{ field: 'expiresAt', reason: 'is over already' }],
});
