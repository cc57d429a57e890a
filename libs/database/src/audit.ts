import type { TenantId } from '@offerstream/contracts';
import { onDatabase } from './errors.js';
import type { PrismaClient } from './generated/client.js';

export interface StoredAuditRecord {
  /** Rises with time. */
  readonly id: string;
  readonly tenant: TenantId | undefined;
  readonly at: Date;
  readonly principal: { readonly kind: string; readonly id: string };
  readonly operation: string;
  readonly target: string;
  readonly requestId: string;
  readonly summary: Readonly<Record<string, unknown>>;
}

export interface AuditPage {
  readonly records: readonly StoredAuditRecord[];
  /** The `before` of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/** Who changed what. Records are written by `Change.audit` and by no other way, and nobody changes them. */
export class Audit {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Records, newest first.
   *
   * @param tenant undefined: those of all tenants, and of none
   * @param page `before`: the id of a record; those before it follow
   * @throws DatabaseUnavailable
   */
  list(
    tenant: TenantId | undefined,
    page: { readonly before: string | undefined; readonly limit: number },
  ): Promise<AuditPage> {
    return onDatabase(async () => {
      const rows = await this.prisma.auditRecord.findMany({
        where: {
          ...(tenant === undefined ? {} : { tenant }),
          ...(page.before === undefined ? {} : { id: { lt: BigInt(page.before) } }),
        },
        orderBy: { id: 'desc' },
        take: page.limit + 1,
      });
      const records = rows.slice(0, page.limit).map((row) => ({
        id: String(row.id),
        tenant: (row.tenant ?? undefined) as TenantId | undefined,
        at: row.at,
        principal: { kind: row.principalKind, id: row.principalId },
        operation: row.operation,
        target: row.target,
        requestId: row.requestId,
        summary: row.summary as Readonly<Record<string, unknown>>,
      }));
      return { records, next: rows.length > page.limit ? records.at(-1)?.id : undefined };
    });
  }
}
