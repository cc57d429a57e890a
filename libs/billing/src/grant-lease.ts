import { leaseSize } from './lease-size.js';

/** What the lessor keeps of one meter of a tenant in a month. */
export interface Quota {
  /** Most units of the month; null: no limit. */
  readonly limit: number | null;
  /** Units that were granted to replicas, or served by them without a lease. */
  readonly used: number;
}

/** What the lessor keeps of one replica's part of it. Both only grow, until the replica gives back. */
export interface ReplicaShare {
  /** Units that it was granted. */
  readonly granted: number;
  /** Units that it has told to have served without a lease. */
  readonly unleased: number;
}

export interface Granted extends Quota, ReplicaShare {
  readonly units: number;
  readonly remaining: number;
}

/** A lease of what has no limit. Only who has not heard so yet asks, and what it does not spend counts when a limit comes again. */
const UNLIMITED_LEASE = 100;

/**
 * Fills a replica's lease up to its size, or to what the request that waits there needs. What the replica was granted and does
 * not hold counts as used, whether it was spent or lost with an answer: so the limit is never exceeded.
 *
 * @param asked see LeaseRequest
 * @param replicas those that are alive, the asking one among them
 */
export const grantLease = (
  { limit, used }: Quota,
  share: ReplicaShare,
  asked: { readonly held: number; readonly needed: number; readonly unleased: number },
  replicas: number,
): Granted => {
  const told = Math.max(0, asked.unleased - share.unleased);
  const usedBefore = used + told;
  const available = limit === null ? Number.MAX_SAFE_INTEGER : Math.max(0, limit - usedBefore);
  const size = limit === null ? UNLIMITED_LEASE : leaseSize({ limit, remaining: available, replicas });
  const units = Math.min(available, Math.max(0, Math.max(size, asked.needed) - asked.held));
  return {
    limit,
    used: usedBefore + units,
    granted: share.granted + units,
    unleased: share.unleased + told,
    units,
    remaining: available - units,
  };
};

/** Takes back what a replica that ends was granted and has not spent; repeated, it changes nothing more. */
export const takeBack = (
  { limit, used }: Quota,
  share: ReplicaShare,
  last: { readonly spent: number; readonly unleased: number },
): Quota & ReplicaShare => {
  const told = Math.max(0, last.unleased - share.unleased);
  const unspent = Math.max(0, share.granted - last.spent);
  return {
    limit,
    used: used + told - unspent,
    granted: share.granted - unspent,
    unleased: share.unleased + told,
  };
};
