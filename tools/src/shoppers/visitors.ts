import type { ShopEvent, Visit } from '@offerstream/demo-shop';

export interface DueEvent {
  readonly subject: string;
  readonly event: ShopEvent;
  /** Of the offer that it answers. */
  readonly offerId: string | undefined;
}

export interface VisitorsOptions {
  /** Visits one after the other; they are laid side by side. */
  readonly visits: Iterator<Visit, never>;
  readonly eventsPerSecond: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** From one event of a visitor to the next; a visit is told in a hurry, so that one sees something. */
const GAP_MS = { least: 1_000, most: 3_000 };

type Planned = Omit<DueEvent, 'subject'>;

interface Visitor {
  readonly planned: Planned[];
  dueMs: number;
}

/** So many shoppers in the shop at once that together they make the wanted number of events a second. */
export class Visitors {
  private readonly inside = new Map<string, Visitor>();
  private readonly wanted: number;

  constructor(private readonly options: VisitorsOptions) {
    this.wanted = Math.max(1, Math.round((options.eventsPerSecond * (GAP_MS.least + GAP_MS.most)) / 2_000));
  }

  /** What happens up to this moment; whoever has left is followed by somebody else. */
  due(nowMs: number): readonly DueEvent[] {
    const { random, visits } = this.options;
    while (this.inside.size < this.wanted) {
      const { subject, events } = visits.next().value;
      const planned = events.map((event) => ({ event, offerId: undefined }));
      const inside = this.inside.get(subject);
      // Who is still inside goes on with the next visit afterwards.
      if (inside === undefined) this.inside.set(subject, { planned, dueMs: nowMs + random() * GAP_MS.most });
      else inside.planned.push(...planned);
    }
    const due: DueEvent[] = [];
    for (const [subject, visitor] of this.inside) {
      if (visitor.dueMs > nowMs) continue;
      visitor.dueMs = nowMs + GAP_MS.least + random() * (GAP_MS.most - GAP_MS.least);
      const next = visitor.planned.shift();
      if (next !== undefined) due.push({ subject, ...next });
      if (visitor.planned.length === 0) this.inside.delete(subject);
    }
    return due;
  }

  /** A visitor answers an offer before they go on with their visit; whoever has left does not. */
  answerFirst(subject: string, events: readonly ShopEvent[], offerId: string): void {
    this.inside.get(subject)?.planned.unshift(...events.map((event) => ({ event, offerId })));
  }
}
