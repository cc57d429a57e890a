import type { FollowedTable } from '@offerstream/kafka';

/** A table that is not read from anywhere; its end is reached at once unless said otherwise. */
export const followedTable = (over: Partial<FollowedTable> = {}): FollowedTable => ({
  caughtUp: Promise.resolve(),
  failed: new Promise(() => undefined),
  problem: undefined,
  catchUp: () => Promise.resolve(),
  close: () => Promise.resolve(),
  ...over,
});
