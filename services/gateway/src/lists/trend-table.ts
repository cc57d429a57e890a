import { splitKey, trendSchema, type TenantId, type Trend } from '@offerstream/contracts';
import { mergeTrends, type Weighted } from '@offerstream/decisioning';

/** What each source has seen shoppers act on lately, from the topic `trends`. */
export class TrendTable {
  private readonly ofTenants = new Map<TenantId, Map<string, Trend>>();

  /**
   * @param key tenant:source
   * @param value null for a source that ended
   * @returns undefined, or why the record can't be taken
   * @throws ZodError when the value is no trend
   */
  put(key: string, value: Buffer | null): string | undefined {
    const parts = splitKey(key);
    if (parts === undefined) return 'its key is not one of this topic';
    const sources = this.ofTenants.get(parts.tenant) ?? new Map<string, Trend>();
    this.ofTenants.set(parts.tenant, sources);
    if (value === null) sources.delete(parts.rest);
    else sources.set(parts.rest, trendSchema.parse(JSON.parse(value.toString())));
    return undefined;
  }

  /** The tenant's items, the most wanted at `nowMs` first. */
  top(tenant: TenantId, nowMs: number): readonly Weighted[] {
    return mergeTrends(this.ofTenants.get(tenant)?.values() ?? [], nowMs);
  }
}
