import type { TenantId, Usage } from '@offerstream/contracts';

/** How often one source has counted a meter for a tenant in one hour. */
export interface UsageCount {
  readonly tenant: TenantId;
  readonly source: string;
  readonly epoch: string;
  /** Start of the hour, as ISO 8601 in UTC. */
  readonly hour: string;
  readonly meter: string;
  readonly units: number;
}

/**
 * The greatest count of each tenant, source, epoch, hour and meter. Counts only grow, so this is what was used, however often and
 * in whichever order the records come; a tenant's usage is the sum over sources and epochs.
 */
export const greatestCounts = (records: Iterable<Usage>): readonly UsageCount[] => {
  const greatest = new Map<string, UsageCount>();
  for (const { tenant, source, epoch, window, counts } of records) {
    const hour = new Date(window).toISOString();
    for (const [meter, units] of Object.entries(counts)) {
      // None of them has a blank.
      const key = [tenant, source, epoch, hour, meter].join(' ');
      if ((greatest.get(key)?.units ?? -1) < units) greatest.set(key, { tenant, source, epoch, hour, meter, units });
    }
  }
  return [...greatest.values()];
};
