import { REPORT_KEYS, type OutcomeGroup, type ReportKey } from '@offerstream/database';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { LeftOut } from './read-outcome.js';

/** What became of an outcome. */
export type OutcomeResult = 'taken' | 'repeated' | 'unknown-tenant' | LeftOut;

/** The most impressions first; a Prometheus server bears thousands of series of a service, and anybody can name a currency. */
const MAX_SERIES = 1_000;

const OFFER_LABELS = ['tenant', ...REPORT_KEYS] as const;

export interface ShownGroup extends OutcomeGroup {
  readonly tenant: string;
}

/** What the back office tells Prometheus of outcomes. */
export class OutcomesMetrics {
  private readonly results: Counter<'result'>;
  private readonly impressions: Gauge<(typeof OFFER_LABELS)[number]>;
  private readonly clicks: Gauge<(typeof OFFER_LABELS)[number]>;
  private readonly purchases: Gauge<(typeof OFFER_LABELS)[number]>;
  private readonly revenue: Gauge<(typeof OFFER_LABELS)[number] | 'currency'>;

  /** @param lag records of `outcomes` that are not yet taken */
  constructor(registry: Registry, lag: () => number) {
    const registers = [registry];
    this.results = new Counter({
      name: 'offerstream_control_outcomes_total',
      help: 'Outcomes by what became of them. A purchase that names an unknown offer is taken, and counted as both.',
      labelNames: ['result'],
      registers,
    });
    new Gauge({
      name: 'offerstream_control_outcomes_lag_records',
      help: 'Outcomes that are not yet taken.',
      registers,
      collect() {
        this.set(lag());
      },
    });
    const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: OFFER_LABELS, registers });
    this.impressions = gauge('offerstream_control_offers_shown', 'Offers that were shown in the last 24 hours.');
    this.clicks = gauge('offerstream_control_offers_clicked', 'Offers that were clicked in the last 24 hours.');
    this.purchases = gauge(
      'offerstream_control_offers_bought_from',
      'Orders of the last 24 hours that are owed to an offer.',
    );
    this.revenue = new Gauge({
      name: 'offerstream_control_offers_revenue',
      help: 'Revenue of the last 24 hours that is owed to an offer, in units of the currency.',
      labelNames: [...OFFER_LABELS, 'currency'],
      registers,
    });
  }

  count(result: OutcomeResult, outcomes: number): void {
    if (outcomes > 0) this.results.inc({ result }, outcomes);
  }

  /** @param groups of the last 24 hours, by all keys; at most {@link MAX_SERIES} of them are shown */
  show(groups: readonly ShownGroup[]): void {
    for (const gauge of [this.impressions, this.clicks, this.purchases, this.revenue]) gauge.reset();
    const shown = groups.toSorted((left, right) => right.impressions - left.impressions).slice(0, MAX_SERIES);
    let currencies = 0;
    for (const { tenant, keys, impressions, clicks, conversions, revenueMicros } of shown) {
      const labels = { tenant, ...labelsOf(keys) };
      this.impressions.set(labels, impressions);
      this.clicks.set(labels, clicks);
      this.purchases.set(labels, conversions);
      for (const [currency, micros] of Object.entries(revenueMicros)) {
        if (++currencies <= MAX_SERIES) this.revenue.set({ ...labels, currency }, micros / MICROS);
      }
    }
  }
}

const labelsOf = (keys: OutcomeGroup['keys']): Readonly<Record<ReportKey, string>> => ({
  placement: keys.placement ?? '',
  strategy: keys.strategy ?? '',
  model: keys.model ?? '',
  version: keys.version ?? '',
});

const MICROS = 1_000_000;
