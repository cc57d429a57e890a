import { trendSchema, type TenantId, type Trend } from '@offerstream/contracts';
import { isSpent, mergeTrends, type Weighted } from '@offerstream/decisioning';
import { SourceTable } from '../source-table.js';

/** What each source has seen shoppers act on lately, from the topic `trends`. */
export class TrendTable extends SourceTable<Trend, readonly Weighted[]> {
  constructor() {
    // Sources speak up every ten seconds.
    super({ parse: (value) => trendSchema.parse(value), isSpent, merge: mergeTrends, mergedMs: 1_000 });
  }

  /** The tenant's items, the most wanted at `nowMs` first. */
  top(tenant: TenantId, nowMs: number): readonly Weighted[] {
    return this.merged(tenant, nowMs) ?? [];
  }
}
