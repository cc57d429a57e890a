import type { TenantId } from '@offerstream/contracts';
import { apiKeyId, type KeyKind, type KeyMode } from '@offerstream/tenancy';
import type { Change } from './change.js';
import { onDatabase } from './errors.js';
import type { ApiKey, Prisma, PrismaClient } from './generated/client.js';
import { lockTenant } from './lock-tenant.js';
import { liveAt, publishTenant } from './tenant-record.js';

export interface NewKey {
  /** SHA-256, hex. */
  readonly hash: string;
  /** What it is for. */
  readonly purpose: string;
  readonly kind: KeyKind;
  readonly mode: KeyMode;
  readonly scopes: readonly string[];
  readonly expires: Date | undefined;
}

export interface StoredKey extends NewKey {
  /** See `apiKeyId`. */
  readonly id: string;
  readonly created: Date;
  readonly lastUsed: Date | undefined;
}

/** `taken`: another tenant has or had that key. `purpose-full`: {@link MAX_KEYS_OF_PURPOSE} of that kind are live. */
export type KeyRefusal = 'unknown-tenant' | 'unknown-key' | 'taken' | 'purpose-full' | 'too-many';

export interface Rotation {
  /** Of the key that takes over. */
  readonly hash: string;
  readonly expires: Date | undefined;
  /** How long the old key is good beside it. */
  readonly overlapSeconds: number;
}

export interface KeyUse {
  readonly tenant: TenantId;
  /** The key's. */
  readonly id: string;
  readonly at: Date;
}

/** Keeps a tenant's record far below the topic's largest message. */
export const MAX_KEYS = 100;
/** One replaces the other while both are good. */
export const MAX_KEYS_OF_PURPOSE = 2;

/** The tenants' keys; each change makes one record of the topic `tenants`. */
export class Keys {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Adds a live key. One that is live already, or was and is given again, is as if it were new.
   *
   * @throws DatabaseUnavailable
   */
  async add(change: Change, tenant: TenantId, key: NewKey): Promise<StoredKey | KeyRefusal> {
    if (!(await lockTenant(change.transaction, tenant))) return 'unknown-tenant';
    const refusal = await noRoomFor(change, tenant, key);
    if (refusal !== undefined) return refusal;
    return insert(change, tenant, key);
  }

  /** Makes a key that takes over from another of the tenant, which ends when the overlap does. @throws DatabaseUnavailable */
  async rotate(change: Change, tenant: TenantId, id: string, rotation: Rotation): Promise<StoredKey | KeyRefusal> {
    const { transaction, at } = change;
    if (!(await lockTenant(transaction, tenant))) return 'unknown-tenant';
    const old = await findLive(change, tenant, id);
    if (old === null) return 'unknown-key';
    const { overlapSeconds, hash, expires } = rotation;
    const key = { ...old, hash, expires };
    const refusal = await noRoomFor(change, tenant, key, overlapSeconds === 0 ? [old.hash] : []);
    if (refusal !== undefined) return refusal;
    const end = new Date(at.getTime() + overlapSeconds * 1_000);
    if (old.expires === null || end < old.expires) {
      const ends = overlapSeconds === 0 ? { revoked: at } : { expires: end };
      await transaction.apiKey.update({ where: { hash: old.hash }, data: ends });
    }
    return insert(change, tenant, key, { replaces: id });
  }

  /** @throws DatabaseUnavailable */
  async revoke(change: Change, tenant: TenantId, id: string): Promise<'revoked' | KeyRefusal> {
    const { transaction, at } = change;
    if (!(await lockTenant(transaction, tenant))) return 'unknown-tenant';
    const key = await findLive(change, tenant, id);
    if (key === null) return 'unknown-key';
    await transaction.apiKey.update({ where: { hash: key.hash }, data: { revoked: at } });
    await change.audit({ tenant, target: `key ${id}`, summary: { purpose: key.purpose, revoked: true } });
    await publishTenant(change, tenant);
    return 'revoked';
  }

  /** Live keys, oldest first, after the given one. @throws DatabaseUnavailable */
  list(
    tenant: TenantId,
    page: { readonly after: string | undefined; readonly limit: number; readonly at: Date },
  ): Promise<{ readonly keys: readonly StoredKey[]; readonly next: string | undefined }> {
    return onDatabase(async () => {
      const last =
        page.after === undefined
          ? null
          : await this.prisma.apiKey.findFirst({ where: { tenantId: tenant, hash: { startsWith: page.after } } });
      const rows = await this.prisma.apiKey.findMany({
        where: {
          tenantId: tenant,
          ...liveAt(page.at),
          ...(last === null
            ? {}
            : { AND: { OR: [{ created: { gt: last.created } }, { created: last.created, hash: { gt: last.hash } }] } }),
        },
        orderBy: [{ created: 'asc' }, { hash: 'asc' }],
        take: page.limit + 1,
      });
      const keys = rows.slice(0, page.limit).map(storedKey);
      return { keys, next: rows.length > page.limit ? keys.at(-1)?.id : undefined };
    });
  }

  /** A live key of the tenant. @throws DatabaseUnavailable */
  get(tenant: TenantId, id: string, at: Date): Promise<StoredKey | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.apiKey.findFirst({
        where: { tenantId: tenant, hash: { startsWith: id }, ...liveAt(at) },
      });
      return row === null ? undefined : storedKey(row);
    });
  }

  /** The live key of a hash and whose it is. @throws DatabaseUnavailable */
  find(hash: string, at: Date): Promise<{ readonly tenant: TenantId; readonly key: StoredKey } | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.apiKey.findFirst({ where: { hash, ...liveAt(at) } });
      return row === null ? undefined : { tenant: row.tenantId as TenantId, key: storedKey(row) };
    });
  }

  /** Remembers when keys were used last. Uses of keys that are not there are forgotten. @throws DatabaseUnavailable */
  use(uses: readonly KeyUse[]): Promise<void> {
    return onDatabase(async () => {
      await this.prisma.$executeRaw`
        UPDATE api_keys SET last_used = greatest(last_used, used.at)
        FROM (
          SELECT tenant, id, max(at) AS at FROM unnest(
            ${uses.map(({ tenant }) => tenant)}::text[], ${uses.map(({ id }) => id)}::text[],
            ${uses.map(({ at }) => at.toISOString())}::timestamptz[]) AS row (tenant, id, at)
          GROUP BY tenant, id
        ) AS used
        WHERE api_keys.tenant = used.tenant AND left(api_keys.hash, 16) = used.id`;
    });
  }
}

const findLive = ({ transaction, at }: Change, tenant: TenantId, id: string): Promise<ApiKey | null> =>
  transaction.apiKey.findFirst({ where: { tenantId: tenant, hash: { startsWith: id }, ...liveAt(at) } });

/** Why the locked tenant can't have this key beside its others, but for the hashes of those that go. */
const noRoomFor = async (
  { transaction, at }: Change,
  tenant: TenantId,
  { hash, purpose, kind }: NewKey,
  going: readonly string[] = [],
): Promise<KeyRefusal | undefined> => {
  const others = {
    tenantId: tenant,
    hash: { notIn: [hash, ...going] },
    ...liveAt(at),
  } satisfies Prisma.ApiKeyWhereInput;
  if ((await transaction.apiKey.count({ where: others })) >= MAX_KEYS) return 'too-many';
  const ofPurpose = await transaction.apiKey.count({ where: { ...others, purpose, kind } });
  return ofPurpose >= MAX_KEYS_OF_PURPOSE ? 'purpose-full' : undefined;
};

const insert = async (
  change: Change,
  tenant: TenantId,
  { hash, purpose, kind, mode, scopes, expires }: NewKey,
  more: Readonly<Record<string, unknown>> = {},
): Promise<StoredKey | 'taken'> => {
  const { transaction, at } = change;
  // Another tenant may add the same key at this moment; its row is then seen as a conflict, never overwritten.
  const [row] = await transaction.$queryRaw<{ readonly created: Date; readonly last_used: Date | null }[]>`
    INSERT INTO api_keys (hash, tenant, purpose, kind, mode, scopes, created, expires)
    VALUES (${hash}, ${tenant}, ${purpose}, ${kind}::key_kind, ${mode}::key_mode, ${[...scopes]}::text[], ${at},
      ${expires ?? null})
    ON CONFLICT (hash) DO UPDATE SET
      purpose = EXCLUDED.purpose, kind = EXCLUDED.kind, mode = EXCLUDED.mode, scopes = EXCLUDED.scopes,
      created = CASE WHEN api_keys.revoked IS NULL THEN api_keys.created ELSE EXCLUDED.created END,
      expires = EXCLUDED.expires, revoked = NULL
    WHERE api_keys.tenant = EXCLUDED.tenant
    RETURNING created, last_used`;
  if (row === undefined) return 'taken';
  const id = apiKeyId(hash);
  const key = { id, hash, purpose, kind, mode, scopes, expires, created: row.created };
  const expiresAt = expires?.toISOString() ?? null;
  await change.audit({
    tenant,
    target: `key ${id}`,
    summary: { purpose, kind, mode, scopes, expiresAt, ...more },
  });
  await publishTenant(change, tenant);
  return { ...key, lastUsed: row.last_used ?? undefined };
};

const storedKey = (row: ApiKey): StoredKey => ({
  id: apiKeyId(row.hash),
  hash: row.hash,
  purpose: row.purpose,
  kind: row.kind,
  mode: row.mode,
  scopes: row.scopes,
  created: row.created,
  expires: row.expires ?? undefined,
  lastUsed: row.lastUsed ?? undefined,
});
