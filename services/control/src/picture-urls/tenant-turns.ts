import type { TenantId } from '@offerstream/contracts';

/** Whose turn it is: of those who have less than their share under way, who had no turn the longest. */
export class TenantTurns {
  private turn = 0;
  /** Of those who may have a turn before others for it; the oldest first. */
  private readonly lastTurns = new Map<TenantId, number>();
  private readonly underWay = new Map<TenantId, number>();

  /** @param most of a tenant at a time */
  constructor(private readonly most: number) {}

  /** @param tenants all who have work */
  inOrder(tenants: readonly TenantId[]): readonly TenantId[] {
    const order = tenants.toSorted((one, other) => this.lastTurnOf(one) - this.lastTurnOf(other));
    const [longest] = order;
    this.forgetBefore(longest === undefined ? Infinity : this.lastTurnOf(longest));
    return order.filter((tenant) => this.countOf(tenant) < this.most);
  }

  /** Runs a piece of work of a tenant, unless it has its share under way. */
  async take<T>(tenant: TenantId, work: () => Promise<T>): Promise<T | undefined> {
    if (this.countOf(tenant) >= this.most) return undefined;
    this.lastTurns.delete(tenant);
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

  /** Who had his last turn before all who have work would be next with it or without. */
  private forgetBefore(turn: number): void {
    for (const [tenant, lastTurn] of this.lastTurns) {
      if (lastTurn >= turn) return;
      this.lastTurns.delete(tenant);
    }
  }

  private lastTurnOf(tenant: TenantId): number {
    return this.lastTurns.get(tenant) ?? 0;
  }

  private countOf(tenant: TenantId): number {
    return this.underWay.get(tenant) ?? 0;
  }
}
