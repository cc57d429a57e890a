import { searchesSchema, type Searches, type TenantId } from '@offerstream/contracts';
import { areSearchesSpent, mergeSearches } from '@offerstream/decisioning';
import { SourceTable } from '../source-table.js';

const NONE: ReadonlyMap<string, number> = new Map();

/** What each source has seen several shoppers search for, from the topic `searches`. */
export class SearchesTable extends SourceTable<Searches, ReadonlyMap<string, number>> {
  constructor() {
    super({
      parse: (value) => searchesSchema.parse(value),
      isSpent: areSearchesSpent,
      merge: mergeSearches,
      // Counts halve in a week.
      mergedMs: 3_600_000,
    });
  }

  /** How often the tenant's shoppers searched for what: the same object until that changes. */
  of(tenant: TenantId, nowMs: number): ReadonlyMap<string, number> {
    return this.merged(tenant, nowMs) ?? NONE;
  }
}
