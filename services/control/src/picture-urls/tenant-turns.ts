import type { TenantId } from '@offerstream/contracts';

/** Whose turn it is: of those who have less than their share under way, who had no turn the longest. */
export class TenantTurns {
  private turn = 0;
  private readonly lastTurns = new Map<TenantId, number>();
  private readonly underWay = new Map<TenantId, number>();

  /** @param most of a tenant at a time */
  constructor(private readonly most: number) {}

  inOrder(tenants: readonly TenantId[]): readonly TenantId[] {
    return tenants
      .filter((tenant) => this.countOf(tenant) < this.most)
      .sort((one, other) => (this.lastTurns.get(one) ?? 0) - (this.lastTurns.get(other) ?? 0));
  }

  /** Runs a piece of work of a tenant, unless it has its share under way. */
  async take<T>(tenant: TenantId, work: () => Promise<T>): Promise<T | undefined> {
    if (this.countOf(tenant) >= this.most) return undefined;
    this.lastTurns.set(tenant, ++this.turn);
    this.underWay.set(tenant, this.countOf(tenant) + 1);
    try {
      return await work();
    } finally {
      const left = this.countOf(tenant) - 1;
      if (left === 0) this.underWay.delete(tenant);
      else this.underWay.set(tenant, left);
    }
  }

  private countOf(tenant: TenantId): number {
    return this.underWay.get(tenant) ?? 0;
  }
}
