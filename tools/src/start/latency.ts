import type { Sample } from './prometheus-text.js';

/** Observations so far that were at most so many seconds. */
export type Buckets = readonly { readonly upToSeconds: number; readonly count: number }[];

/** A histogram's buckets, the smallest first. */
export const bucketsOf = (samples: readonly Sample[], histogram: string): Buckets =>
  samples
    .filter(({ name }) => name === `${histogram}_bucket`)
    .map(({ labels, value }) => ({
      upToSeconds: labels['le'] === '+Inf' ? Infinity : Number(labels['le']),
      count: value,
    }))
    .sort((a, b) => a.upToSeconds - b.upToSeconds);

/** What was observed between two readings; all of the later one when the process began anew in between. */
export const bucketsBetween = (earlier: Buckets, later: Buckets): Buckets => {
  const before = new Map(earlier.map(({ upToSeconds, count }) => [upToSeconds, count]));
  if ((earlier.at(-1)?.count ?? 0) > (later.at(-1)?.count ?? 0)) return later;
  return later.map(({ upToSeconds, count }) => ({ upToSeconds, count: count - (before.get(upToSeconds) ?? 0) }));
};

/**
 * A quantile in seconds, even within its bucket, as Prometheus' `histogram_quantile` has it; undefined without observations.
 * Above the last bound it is that bound.
 */
export const quantile = (buckets: Buckets, share: number): number | undefined => {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return undefined;
  const wanted = share * total;
  let [lower, below] = [0, 0];
  for (const { upToSeconds, count } of buckets) {
    if (count >= wanted && count > below) {
      return upToSeconds === Infinity ? lower : lower + ((upToSeconds - lower) * (wanted - below)) / (count - below);
    }
    [lower, below] = [upToSeconds === Infinity ? lower : upToSeconds, count];
  }
  return lower;
};
