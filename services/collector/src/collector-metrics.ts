import type { FailReason } from '@offerstream/contracts';
import { Counter, Histogram, type Registry } from 'prom-client';

/** What the collector counts, for Prometheus. */
export class CollectorMetrics {
  private readonly events: Counter<'result'>;
  private readonly requests: Counter<'status'>;
  private readonly seconds: Histogram;
  private readonly eventsAccepted: Counter.Internal;
  private readonly requestsAccepted: Counter.Internal;

  constructor(registry: Registry) {
    const registers = [registry];
    this.events = new Counter({
      name: 'collector_events_total',
      help: 'Events by what became of them: accepted, or the reason why they are on clickstream-failed.',
      labelNames: ['result'],
      registers,
    });
    this.requests = new Counter({
      name: 'collector_requests_total',
      help: 'Requests by the status of their answer.',
      labelNames: ['status'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'collector_request_seconds',
      help: 'From a complete body to its answer, with the acknowledgement of Kafka.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
    this.eventsAccepted = this.events.labels('accepted');
    this.requestsAccepted = this.requests.labels('200');
  }

  accepted(events: number): void {
    this.eventsAccepted.inc(events);
  }

  refused(reason: FailReason): void {
    this.events.inc({ result: reason });
  }

  answered(status: number, elapsedSeconds: number): void {
    if (status === 200) this.requestsAccepted.inc();
    else this.requests.inc({ status: String(status) });
    this.seconds.observe(elapsedSeconds);
  }
}
