import { Counter, Gauge, type Registry } from 'prom-client';

/** What the back office tells Prometheus of usage, quotas and invoices. */
export class BillingMetrics {
  private readonly records: Counter<'result'>;
  private readonly leased: Counter;
  private readonly issued: Counter;

  /** @param lag records of `usage` that are not yet taken */
  constructor(registry: Registry, lag: () => number) {
    const registers = [registry];
    this.records = new Counter({
      name: 'offerstream_control_usage_records_total',
      help: 'Records of usage by what became of them.',
      labelNames: ['result'],
      registers,
    });
    new Gauge({
      name: 'offerstream_control_usage_lag_records',
      help: 'Records of usage that are not yet taken.',
      registers,
      collect() {
        this.set(lag());
      },
    });
    this.leased = new Counter({
      name: 'offerstream_control_quota_leases_total',
      help: 'Leases of quotas that were asked for.',
      registers,
    });
    this.issued = new Counter({
      name: 'offerstream_control_invoices_issued_total',
      help: 'Invoices that this instance issued.',
      registers,
    });
  }

  countRecords(result: 'taken' | 'misfit', records: number): void {
    if (records > 0) this.records.inc({ result }, records);
  }

  countLeases(leases: number): void {
    this.leased.inc(leases);
  }

  countIssued(): void {
    this.issued.inc();
  }
}
