import { LastItemNeighbours } from './last-item-neighbours.js';
import { PopularityRanking } from './popularity-ranking.js';

/** What a shopper did at one moment; an order has several items. */
export interface PrequentialEvent {
  readonly subject: string;
  readonly items: readonly string[];
}

/** How often an event's item was in the first {@link PREQUENTIAL_CUTOFF} of the list that the previous event caused. */
export interface HitRate {
  /** Events with an earlier event of that shopper. */
  readonly events: number;
  readonly served: number;
  /** The most popular items of the training part and of the events so far. */
  readonly popularity: number;
  /** What came nearest to the shopper's last item in the training part. */
  readonly lastItemNeighbours: number;
}

export interface PrequentialReport {
  readonly repeatsAllowed: HitRate;
  /** Events on items that the shopper has touched are left out, and touched items leave all lists. */
  readonly newItemsOnly: HitRate;
}

export interface Prequential {
  /**
   * Takes the next event in time order.
   * @param served the items of the list that this shopper's previous event caused, best first; none is a miss
   */
  observe(event: PrequentialEvent, served: readonly string[] | undefined): void;
  report(): PrequentialReport;
}

export const PREQUENTIAL_CUTOFF = 10;

interface Counts {
  events: number;
  served: number;
  popularity: number;
  lastItemNeighbours: number;
}

/**
 * Test-then-learn evaluation: each event is first asked of the lists that were made before it, then becomes known.
 *
 * @param training events before the evaluation, in time order: shoppers' earlier events, touched items, popularity and the
 * neighbours of the baseline come from them
 */
export const createPrequential = (training: Iterable<PrequentialEvent>): Prequential => {
  const popularity = new PopularityRanking();
  const neighbours = new LastItemNeighbours();
  const touched = new Map<string, Set<string>>();
  const lastItems = new Map<string, string>();
  const allowed: Counts = { events: 0, served: 0, popularity: 0, lastItemNeighbours: 0 };
  const fresh: Counts = { ...allowed };

  const learn = ({ subject, items }: PrequentialEvent): void => {
    const known = touched.get(subject) ?? new Set();
    touched.set(subject, known);
    for (const item of items) {
      popularity.add(item);
      known.add(item);
      lastItems.set(subject, item);
    }
  };

  for (const event of training) {
    for (const item of event.items) neighbours.learn(event.subject, item);
    learn(event);
  }

  const count = (
    counts: Counts,
    lists: Readonly<Record<keyof Omit<Counts, 'events'>, readonly string[]>>,
    wanted: ReadonlySet<string>,
    left: ReadonlySet<string>,
  ): void => {
    counts.events += 1;
    if (isHit(lists.served, wanted, left)) counts.served += 1;
    if (isHit(lists.popularity, wanted, left)) counts.popularity += 1;
    if (isHit(lists.lastItemNeighbours, wanted, left)) counts.lastItemNeighbours += 1;
  };

  return {
    observe: (event, served = []) => {
      if (event.items.length === 0) return;
      const known = touched.get(event.subject);
      const last = lastItems.get(event.subject);
      if (known !== undefined && last !== undefined) {
        const lists = { served, popularity: popularity.ranking(), lastItemNeighbours: neighbours.of(last) };
        count(allowed, lists, new Set(event.items), NOTHING);
        const newItems = new Set(event.items.filter((item) => !known.has(item)));
        if (newItems.size > 0) count(fresh, lists, newItems, known);
      }
      learn(event);
    },
    report: () => ({ repeatsAllowed: rates(allowed), newItemsOnly: rates(fresh) }),
  };
};

const NOTHING: ReadonlySet<string> = new Set();

/** Whether a wanted item is in the first {@link PREQUENTIAL_CUTOFF} of a list without what left it. */
const isHit = (list: readonly string[], wanted: ReadonlySet<string>, left: ReadonlySet<string>): boolean => {
  let place = 0;
  for (const item of list) {
    if (left.has(item)) continue;
    if (wanted.has(item)) return true;
    place += 1;
    if (place === PREQUENTIAL_CUTOFF) return false;
  }
  return false;
};

const rates = (counts: Counts): HitRate => {
  const of = (hits: number): number => (counts.events === 0 ? 0 : hits / counts.events);
  return {
    events: counts.events,
    served: of(counts.served),
    popularity: of(counts.popularity),
    lastItemNeighbours: of(counts.lastItemNeighbours),
  };
};
