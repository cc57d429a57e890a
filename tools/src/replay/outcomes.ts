/** Where the reading of a topic goes on: partition → offset. */
export type Positions = Readonly<Record<string, number>>;
export type WatchedTopic = 'offers' | 'clickstream-failed';

/** What has become of the replayed events, event by event; each is one line of the journal. Events go by their place in the replay. */
export type JournalEntry =
  | { readonly kind: 'start'; readonly offers: Positions; readonly failed: Positions }
  | { readonly kind: 'accepted'; readonly events: readonly number[] }
  /** The collector did not take it. */
  | { readonly kind: 'refused'; readonly event: number; readonly reason: string }
  /** `latencyMs` is missing where this process did not send the event itself. */
  | { readonly kind: 'offer'; readonly event: number; readonly items: readonly string[]; readonly latencyMs?: number }
  | { readonly kind: 'failed'; readonly event: number; readonly reason: string }
  | { readonly kind: 'dropped'; readonly event: number; readonly reason: string }
  /** The personalizer took it, and there is no offer that it caused. */
  | { readonly kind: 'applied'; readonly event: number }
  /** All that stands on the topic's partition below the offset is in the journal. */
  | { readonly kind: 'read'; readonly topic: WatchedTopic; readonly partition: number; readonly next: number }
  /** Time spent on sending and waiting so far, over all runs. */
  | { readonly kind: 'time'; readonly activeMs: number }
  | { readonly kind: 'done' };

export type Fate =
  | { readonly kind: 'offer'; readonly items: readonly string[]; readonly latencyMs?: number }
  | { readonly kind: 'applied' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'dropped'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** What is known of the replayed events. An event's first fate stays. */
export class Outcomes {
  readonly fates: (Fate | undefined)[];
  readonly positions: Readonly<Record<WatchedTopic, Map<number, number>>> = {
    offers: new Map(),
    'clickstream-failed': new Map(),
  };
  started = false;
  done = false;
  activeMs = 0;
  acceptedCount = 0;
  fateCount = 0;
  readonly #accepted: Uint8Array;

  constructor(readonly events: number) {
    this.fates = new Array<Fate | undefined>(events).fill(undefined);
    this.#accepted = new Uint8Array(events);
  }

  take(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'start':
        this.started = true;
        for (const [topic, positions] of [
          ['offers', entry.offers],
          ['clickstream-failed', entry.failed],
        ] as const) {
          for (const [partition, offset] of Object.entries(positions))
            this.positions[topic].set(Number(partition), offset);
        }
        break;
      case 'accepted':
        for (const event of entry.events) this.#accept(event);
        break;
      case 'refused':
      case 'offer':
      case 'failed':
      case 'dropped':
      case 'applied': {
        const { event, ...fate } = entry;
        if (this.fates[event] !== undefined) break;
        this.fates[event] = fate;
        this.fateCount += 1;
        // An offer proves that the event was taken, also where the answer was lost.
        if (fate.kind !== 'refused') this.#accept(event);
        break;
      }
      case 'read':
        this.positions[entry.topic].set(entry.partition, entry.next);
        break;
      case 'time':
        this.activeMs = entry.activeMs;
        break;
      case 'done':
        this.done = true;
        break;
    }
  }

  /** Whether it need not be sent any more. */
  isSettledOrSent(event: number): boolean {
    return this.#accepted[event] === 1 || this.fates[event] !== undefined;
  }

  /** Events that were accepted and whose fate is not known. */
  open(): readonly number[] {
    const open: number[] = [];
    for (let event = 0; event < this.events; event++) {
      if (this.#accepted[event] === 1 && this.fates[event] === undefined) open.push(event);
    }
    return open;
  }

  #accept(event: number): void {
    if (this.#accepted[event] === 1) return;
    this.#accepted[event] = 1;
    this.acceptedCount += 1;
  }
}
