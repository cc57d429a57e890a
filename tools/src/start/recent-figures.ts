import { countOf, sum, type Figures, type Hits } from './figures.js';
import { bucketsBetween, quantile } from './latency.js';
import type { NewItems } from './new-items.js';

/** What a person wants to see of a line. */
export interface Summary {
  readonly eventsIn: number;
  readonly eventsPerSecond: number;
  readonly failed: number;
  readonly offersOut: number;
  readonly offersPerSecond: number;
  /** From an event's append to its offer's acknowledgement; undefined when nothing came lately. */
  readonly latencyMs: { readonly p50: number; readonly p99: number } | undefined;
  readonly hits: Hits | undefined;
  readonly newItems: NewItems | undefined;
  readonly lag: number;
}

const WINDOW_MS = 60_000;

/** Readings of the last minute, out of which totals become rates. */
export class RecentFigures {
  private readings: { readonly atMs: number; readonly figures: Figures }[] = [];

  add(figures: Figures, atMs: number): Summary {
    this.readings = this.readings.filter((reading) => reading.atMs >= atMs - WINDOW_MS);
    this.readings.push({ atMs, figures });
    const first = this.readings[0] ?? { atMs, figures };
    const seconds = (atMs - first.atMs) / 1_000;
    const rate = (now: number, before: number): number => (seconds === 0 ? 0 : Math.max(0, now - before) / seconds);
    const buckets = bucketsBetween(first === this.readings.at(-1) ? [] : first.figures.latency, figures.latency);
    const p50 = quantile(buckets, 0.5);
    const p99 = quantile(buckets, 0.99);
    return {
      eventsIn: countOf(figures.events),
      eventsPerSecond: rate(countOf(figures.events), countOf(first.figures.events)),
      failed: sum(figures.events.failed),
      offersOut: figures.offers,
      offersPerSecond: rate(figures.offers, first.figures.offers),
      latencyMs: p50 === undefined || p99 === undefined ? undefined : { p50: p50 * 1_000, p99: p99 * 1_000 },
      hits: figures.hits,
      newItems: figures.newItems,
      lag: figures.lag,
    };
  }
}
