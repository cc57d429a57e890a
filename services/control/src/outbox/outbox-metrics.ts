import { DatabaseUnavailable, type Outbox, type OutboxDepth } from '@offerstream/database';
import { Gauge, type Registry } from 'prom-client';

/** Depth and age of the outbox, asked of Postgres when the metrics are read; NaN while it is away. */
export const registerOutboxMetrics = (registry: Registry, outbox: Outbox, now: () => Date): void => {
  const gauge = (name: string, help: string, valueOf: (depth: OutboxDepth) => number): void => {
    // The registry keeps it.
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        try {
          this.set(valueOf(await outbox.depth()));
        } catch (error) {
          if (!(error instanceof DatabaseUnavailable)) throw error;
          this.set(Number.NaN);
        }
      },
    });
  };
  gauge('offerstream_control_outbox_records', 'Changes that Kafka has not acknowledged.', ({ records }) => records);
  gauge(
    'offerstream_control_outbox_age_seconds',
    'Age of the oldest change that Kafka has not acknowledged; 0 when none waits.',
    ({ oldest }) => (oldest === undefined ? 0 : Math.max(0, now().getTime() - oldest.getTime()) / 1_000),
  );
};
