import { DatabaseUnavailable, type Outbox } from '@offerstream/database';
import { Gauge, type Registry } from 'prom-client';

/** Depth and age of the outbox, asked of Postgres when the metrics are read; NaN while it is away. */
export const registerOutboxMetrics = (registry: Registry, outbox: Outbox, now: () => Date): void => {
  const age = new Gauge({
    name: 'offerstream_control_outbox_age_seconds',
    help: 'Age of the oldest change that Kafka has not acknowledged; 0 when none waits.',
    registers: [registry],
  });
  const records = new Gauge({
    name: 'offerstream_control_outbox_records',
    help: 'Changes that Kafka has not acknowledged.',
    registers: [registry],
    async collect() {
      try {
        const depth = await outbox.depth();
        records.set(depth.records);
        age.set(depth.oldest === undefined ? 0 : Math.max(0, now().getTime() - depth.oldest.getTime()) / 1_000);
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error;
        records.set(Number.NaN);
        age.set(Number.NaN);
      }
    },
  });
};
