import type { PrequentialReport } from '@offerstream/learning';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What the simulated shoppers tell Prometheus. */
export class ShoppersMetrics {
  private readonly events: Counter;
  private readonly retries: Counter;

  constructor(registry: Registry, report: () => PrequentialReport) {
    const registers = [registry];
    this.events = new Counter({
      name: 'shoppers_events_total',
      help: 'Events that the collector accepted.',
      registers,
    });
    this.retries = new Counter({ name: 'shoppers_retries_total', help: 'Batches that were sent again.', registers });
    new Gauge({
      name: 'shoppers_judged_events',
      help: 'Events with an earlier one of the same shopper, by which lists are judged.',
      registers,
      collect() {
        this.set(report().repeatsAllowed.events);
      },
    });
    new Gauge({
      name: 'shoppers_hit_rate',
      help: "How often an event's item was in the first 10 of a list that was made before it: the shopper's newest offer, the most popular items, or the neighbours of the shopper's last item.",
      labelNames: ['list'],
      registers,
      collect() {
        const { served, popularity, lastItemNeighbours } = report().repeatsAllowed;
        this.set({ list: 'offer' }, served);
        this.set({ list: 'popularity' }, popularity);
        this.set({ list: 'last-item-neighbours' }, lastItemNeighbours);
      },
    });
  }

  accepted(events: number): void {
    this.events.inc(events);
  }

  retried(): void {
    this.retries.inc();
  }
}
