import type { TopicPositions } from '@offerstream/database';
import type { LogBounds } from '@offerstream/kafka';

/** The stored position of each partition; the log's beginning where there is none, or where it is of a log that is no more. */
export const whereToGoOn = (stored: TopicPositions, bounds: ReadonlyMap<number, LogBounds>): TopicPositions =>
  new Map(
    [...bounds].map(([partition, { begin, end }]) => {
      const position = stored.get(partition) ?? begin;
      return [partition, position < begin || position > end ? begin : position];
    }),
  );
