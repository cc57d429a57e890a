import type { CatalogItem, Interaction } from '@offerstream/contracts';

/** One event of a shop's history: a Segment call that has its own id and time. */
export interface HistoryEvent {
  /** The same whenever the same history is read. */
  readonly messageId: string;
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** What the line will read from the call. */
  readonly interactions: readonly Interaction[];
  /** The Segment call as JSON. */
  readonly call: string;
}

export interface UnreadableLine {
  readonly file: string;
  /** Counted from 1, with the header. */
  readonly line: number;
  readonly reason: string;
}

export interface History {
  /** In time order; events of one moment in the order in which they stand in the files. */
  readonly events: readonly HistoryEvent[];
  /** What the events and rows say of items, by id. */
  readonly items: ReadonlyMap<string, CatalogItem>;
  readonly unreadable: {
    readonly count: number;
    /** The first {@link MAX_UNREADABLE_SHOWN}. */
    readonly first: readonly UnreadableLine[];
  };
  /** Rows that a mapping leaves out, by its reason. */
  readonly skipped: ReadonlyMap<string, number>;
  /** Names the content of the files and the mapping. */
  readonly digest: string;
}

export const MAX_UNREADABLE_SHOWN = 20;

/** The earlier part of a history, by time, and the rest. */
export const splitByTime = (
  events: readonly HistoryEvent[],
  fraction: number,
): { readonly training: readonly HistoryEvent[]; readonly rest: readonly HistoryEvent[] } => {
  const at = Math.floor(events.length * fraction);
  return { training: events.slice(0, at), rest: events.slice(at) };
};
