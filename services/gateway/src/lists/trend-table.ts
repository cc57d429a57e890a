import { splitKey, trendSchema, type TenantId, type Trend } from '@offerstream/contracts';
import { isSpent, mergeTrends, type Weighted } from '@offerstream/decisioning';

/** How long a list is good for; sources speak up every ten seconds. */
const MERGED_MS = 1_000;

interface TrendsOfTenant {
  readonly sources: Map<string, Trend>;
  merged?: { readonly atMs: number; readonly items: readonly Weighted[] } | undefined;
}

/**
 * What each source has seen shoppers act on lately, from the topic `trends`. Every run of a personalizer is a source and few take
 * leave, so those of which nothing counts any more are forgotten.
 */
export class TrendTable {
  private readonly ofTenants = new Map<TenantId, TrendsOfTenant>();

  /**
   * @param key tenant:source
   * @param value null for a source that ended
   * @returns undefined, or why the record can't be taken
   * @throws ZodError when the value is no trend
   */
  put(key: string, value: Buffer | null): string | undefined {
    const parts = splitKey(key);
    if (parts === undefined) return 'its key is not one of this topic';
    const trend = value === null ? undefined : trendSchema.parse(JSON.parse(value.toString()));
    if (trend !== undefined && trend.tenant !== parts.tenant) return "the key is another tenant's";
    const ofTenant = this.ofTenants.get(parts.tenant) ?? { sources: new Map<string, Trend>() };
    this.ofTenants.set(parts.tenant, ofTenant);
    ofTenant.merged = undefined;
    if (trend === undefined) ofTenant.sources.delete(parts.rest);
    else ofTenant.sources.set(parts.rest, trend);
    // Also of a tenant that nobody asks about.
    this.forgetSpent(parts.tenant, ofTenant, trend === undefined ? -Infinity : Date.parse(trend.at));
    return undefined;
  }

  /** The tenant's items, the most wanted at `nowMs` first. */
  top(tenant: TenantId, nowMs: number): readonly Weighted[] {
    const ofTenant = this.ofTenants.get(tenant);
    if (ofTenant === undefined) return [];
    const { merged } = ofTenant;
    if (merged !== undefined && Math.abs(nowMs - merged.atMs) < MERGED_MS) return merged.items;
    this.forgetSpent(tenant, ofTenant, nowMs);
    const items = mergeTrends(ofTenant.sources.values(), nowMs);
    ofTenant.merged = { atMs: nowMs, items };
    return items;
  }

  private forgetSpent(tenant: TenantId, { sources }: TrendsOfTenant, nowMs: number): void {
    for (const [source, trend] of sources) if (isSpent(trend, nowMs)) sources.delete(source);
    if (sources.size === 0) this.ofTenants.delete(tenant);
  }
}
