import type { TenantId } from '@offerstream/contracts';

/**
 * A bounded queue in which tenants have their turns one after the other, each tenant's first come first. Where there is no room, who has
 * the most in it gives way, so that a tenant that sends much keeps no other out.
 */
export class FairQueue<Entry> {
  /** The tenant whose turn is next comes first. */
  private readonly ofTenants = new Map<TenantId, Entry[]>();

  constructor(private readonly mostEntries: number) {}

  get length(): number {
    return [...this.ofTenants.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** @returns for what there is no room: what has come, or the newest of a tenant that has more */
  add(tenant: TenantId, entry: Entry): Entry | undefined {
    const own = this.ofTenants.get(tenant) ?? [];
    own.push(entry);
    this.ofTenants.set(tenant, own);
    if (this.length <= this.mostEntries) return undefined;
    let longest = own;
    for (const each of this.ofTenants.values()) if (each.length > longest.length) longest = each;
    const given = longest.at(-1) as Entry;
    this.remove(given);
    return given;
  }

  next(): Entry | undefined {
    for (const [tenant, [first, ...others]] of this.ofTenants) {
      this.ofTenants.delete(tenant);
      // To the end of the line.
      if (others.length > 0) this.ofTenants.set(tenant, others);
      return first;
    }
    return undefined;
  }

  remove(entry: Entry): void {
    for (const [tenant, entries] of this.ofTenants) {
      const at = entries.indexOf(entry);
      if (at >= 0) entries.splice(at, 1);
      if (entries.length === 0) this.ofTenants.delete(tenant);
    }
  }
}
