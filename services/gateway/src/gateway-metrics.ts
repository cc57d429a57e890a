import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { QuotaOutcome } from './admission/metering.js';

/**
 * Why an answer is worse than it could be: a model, an encoder, or the profile store, did not answer, titles have no vectors that an encoder
 * can be asked for, or an offer has no copy.
 */
export type Degradation = 'model' | 'profiles' | 'explanation' | 'encoder' | 'copy';

/** What the gateway counts beside its requests, for Prometheus. */
export class GatewayMetrics {
  private readonly rows: Histogram;
  private readonly degradations: Counter<'missing'>;
  private readonly lostLanguageWorkers: Counter;
  private readonly lostImageWorkers: Counter;
  private readonly lostSearchThreads: Counter;
  /** Of the quotas since the last scrape: a counter of Prometheus takes longer than all else that a quota does. */
  private readonly outcomes = new Map<QuotaOutcome, number>();

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.rows = new Histogram({
      name: 'gateway_inference_rows',
      help: 'Requests that were gathered into one call of inference.',
      buckets: [1, 2, 4, 8, 16],
      registers,
    });
    this.degradations = new Counter({
      name: 'gateway_degraded_answers_total',
      help: 'Answers that had to do without the model, the profile store, the explanation, the encoder or the copy, by what was missing.',
      labelNames: ['missing'],
      registers,
    });
    this.lostLanguageWorkers = new Counter({
      name: 'gateway_language_workers_lost_total',
      help: 'Threads of language models that ended by themselves.',
      registers,
    });
    this.lostImageWorkers = new Counter({
      name: 'gateway_image_workers_lost_total',
      help: 'Threads that look at photos that ended by themselves.',
      registers,
    });
    this.lostSearchThreads = new Counter({
      name: 'gateway_search_threads_lost_total',
      help: 'Threads of search that ended by themselves.',
      registers,
    });
    const { outcomes } = this;
    new Counter({
      name: 'gateway_quota_total',
      help: 'Requests by how they stood with the quota of their tenant.',
      labelNames: ['outcome'],
      registers,
      collect() {
        for (const [outcome, requests] of outcomes) this.inc({ outcome }, requests);
        outcomes.clear();
      },
    });
  }

  called(rows: number): void {
    this.rows.observe(rows);
  }

  /** @param waiting requests that wait for a thread of language models */
  watchLanguageQueue(waiting: () => number): void {
    this.watch('gateway_language_waiting', 'Requests that wait for a thread of language models.', waiting);
  }

  /** @param waiting requests that wait for a thread that looks at photos */
  watchImageQueue(waiting: () => number): void {
    this.watch('gateway_images_waiting', 'Requests that wait for a thread that looks at photos.', waiting);
  }

  /** @param waiting requests that the search thread has not answered */
  watchSearchQueue(waiting: () => number): void {
    this.watch('gateway_search_waiting', 'Requests that the search thread has not answered.', waiting);
  }

  searchThreadLost(): void {
    this.lostSearchThreads.inc();
  }

  languageWorkerLost(): void {
    this.lostLanguageWorkers.inc();
  }

  imageWorkerLost(): void {
    this.lostImageWorkers.inc();
  }

  degraded(missing: Degradation): void {
    this.degradations.inc({ missing });
  }

  quota(outcome: QuotaOutcome): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  private watch(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(value());
      },
    });
  }
}
