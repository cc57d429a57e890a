import { splitKey, type TenantId } from '@offerstream/contracts';

/** What one source says of one tenant. */
export interface SourceRecord {
  readonly tenant: TenantId;
  /** The moment for which it holds. */
  readonly at: string;
}

export interface SourceTableOptions<Said extends SourceRecord, Merged> {
  /** @throws ZodError when the value is none of this topic */
  readonly parse: (value: unknown) => Said;
  /** Whether nothing of it counts any more. */
  readonly isSpent: (said: Said, nowMs: number) => boolean;
  readonly merge: (said: Iterable<Said>, nowMs: number) => Merged;
  /** How long what is merged is good for while no source says anything. */
  readonly mergedMs: number;
}

interface OfTenant<Said, Merged> {
  readonly sources: Map<string, Said>;
  merged?: { readonly atMs: number; readonly value: Merged } | undefined;
}

/**
 * What sources say of tenants, from a topic with keys tenant:source. Every run of a personalizer is a source and few take leave, so
 * those of which nothing counts any more are forgotten.
 */
export class SourceTable<Said extends SourceRecord, Merged> {
  private readonly ofTenants = new Map<TenantId, OfTenant<Said, Merged>>();

  constructor(private readonly options: SourceTableOptions<Said, Merged>) {}

  /**
   * @param key tenant:source
   * @param value null for a source that ended
   * @returns undefined, or why the record can't be taken
   * @throws ZodError when the value is none of this topic
   */
  put(key: string, value: Buffer | null): string | undefined {
    const parts = splitKey(key);
    if (parts === undefined) return 'its key is not one of this topic';
    const said = value === null ? undefined : this.options.parse(JSON.parse(value.toString()));
    if (said !== undefined && said.tenant !== parts.tenant) return "the key is another tenant's";
    const ofTenant = this.ofTenants.get(parts.tenant) ?? { sources: new Map<string, Said>() };
    this.ofTenants.set(parts.tenant, ofTenant);
    ofTenant.merged = undefined;
    if (said === undefined) ofTenant.sources.delete(parts.rest);
    else ofTenant.sources.set(parts.rest, said);
    // Also of a tenant that nobody asks about.
    this.forgetSpent(parts.tenant, ofTenant, said === undefined ? -Infinity : Date.parse(said.at));
    return undefined;
  }

  /** What all sources together say at `nowMs`: the same object until that changes. Undefined where none says anything. */
  merged(tenant: TenantId, nowMs: number): Merged | undefined {
    const ofTenant = this.ofTenants.get(tenant);
    if (ofTenant === undefined) return undefined;
    const { merged } = ofTenant;
    const { merge, mergedMs } = this.options;
    if (merged !== undefined && Math.abs(nowMs - merged.atMs) < mergedMs) return merged.value;
    this.forgetSpent(tenant, ofTenant, nowMs);
    const value = merge(ofTenant.sources.values(), nowMs);
    ofTenant.merged = { atMs: nowMs, value };
    return value;
  }

  private forgetSpent(tenant: TenantId, { sources }: OfTenant<Said, Merged>, nowMs: number): void {
    for (const [source, said] of sources) if (this.options.isSpent(said, nowMs)) sources.delete(source);
    if (sources.size === 0) this.ofTenants.delete(tenant);
  }
}
