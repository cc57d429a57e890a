export interface LeaseTerms {
  /** Most units of the month. */
  readonly limit: number;
  /** Units of the month that nobody has been granted. */
  readonly remaining: number;
  /** Replicas that share the quota, the asking one among them. */
  readonly replicas: number;
}

/** What replicas hold at most, all together, once each was filled up with all of them there, and so what their crash can cost: 1 % of the limit. */
const LIMIT_PARTS = 100;
/** Each lease of the rest leaves most of it to the others, so that the last units go where they are asked for. */
const REST_PARTS = 4;

/**
 * Up to how many units a replica may hold at a time: the smaller of 1 % of the limit, shared by all replicas, and a quarter of
 * the rest, shared likewise; at least one unit, and 0 when nothing remains.
 */
export const leaseSize = ({ limit, remaining, replicas }: LeaseTerms): number => {
  if (remaining <= 0) return 0;
  const ofLimit = Math.floor(limit / (LIMIT_PARTS * replicas));
  const ofRest = Math.floor(remaining / (REST_PARTS * replicas));
  return Math.min(Math.max(1, ofLimit), Math.max(1, ofRest));
};
