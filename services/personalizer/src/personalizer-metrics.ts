import type { RawRecord } from '@offerstream/kafka';
import type { Batch } from '@offerstream/pipeline';
import type { EventCounts } from '@offerstream/profile-store';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const LATENCY_BUCKETS_S = [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.25, 0.5, 1, 2, 5, 15, 60];

/** What the personalizer tells Prometheus. */
export class PersonalizerMetrics {
  private readonly events: Counter<'outcome' | 'reason'>;
  private readonly latency: Histogram;
  private readonly batchRecords: Histogram;
  private readonly abandonedBatches: Counter;
  private readonly outages: Counter<'code'>;

  /** @param counts what became of the assigned partitions' events ever, in this process and those before it */
  constructor(
    registry: Registry,
    health: () => { readonly lag: number; readonly assigned: readonly number[] },
    counts: () => EventCounts,
  ) {
    const registers = [registry];
    this.events = new Counter({
      name: 'personalizer_events_total',
      help: 'Clickstream records by what became of them; redelivered ones count again.',
      labelNames: ['outcome', 'reason'],
      registers,
    });
    this.latency = new Histogram({
      name: 'personalizer_event_to_published_seconds',
      help: "From a record's append to the acknowledgement of its batch's offers.",
      buckets: LATENCY_BUCKETS_S,
      registers,
    });
    this.batchRecords = new Histogram({
      name: 'personalizer_batch_records',
      help: 'Records processed together.',
      buckets: [1, 4, 16, 64, 256, 1_024],
      registers,
    });
    this.abandonedBatches = new Counter({
      name: 'personalizer_abandoned_batches_total',
      help: 'Batches of which nothing more was saved or published, since their partitions had gone to another process.',
      registers,
    });
    this.outages = new Counter({
      name: 'personalizer_unranked_batches_total',
      help: 'Calls that inference did not answer, by reason.',
      labelNames: ['code'],
      registers,
    });
    new Gauge({
      name: 'personalizer_events_ever',
      help: 'Clickstream records of the assigned partitions by what became of them, each counted once, since the topic was first read.',
      labelNames: ['outcome', 'reason'],
      registers,
      collect() {
        this.reset();
        const { applied, dropped, failed } = counts();
        this.set({ outcome: 'applied', reason: '' }, applied);
        for (const [reason, count] of Object.entries(dropped)) this.set({ outcome: 'dropped', reason }, count);
        for (const [reason, count] of Object.entries(failed)) this.set({ outcome: 'failed', reason }, count);
      },
    });
    new Gauge({
      name: 'personalizer_lag_records',
      help: 'Records of the assigned partitions that are not yet done.',
      registers,
      collect() {
        this.set(health().lag);
      },
    });
    new Gauge({
      name: 'personalizer_assigned_partitions',
      help: 'Partitions that this process has.',
      registers,
      collect() {
        this.set(health().assigned.length);
      },
    });
  }

  done(batch: Batch<RawRecord>, nowMs: number): void {
    this.batchRecords.observe(batch.records.length);
    this.events.inc(
      { outcome: 'applied', reason: '' },
      batch.records.length - batch.dropped.length - batch.failed.length,
    );
    for (const { reason } of batch.dropped) this.events.inc({ outcome: 'dropped', reason });
    for (const { reason } of batch.failed) this.events.inc({ outcome: 'failed', reason });
    for (const { appendedAt } of batch.records) this.latency.observe(Math.max(0, nowMs - appendedAt) / 1_000);
  }

  abandoned(): void {
    this.abandonedBatches.inc();
  }

  unranked(code: string): void {
    this.outages.inc({ code });
  }
}
