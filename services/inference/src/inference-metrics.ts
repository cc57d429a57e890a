import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the server counts, for Prometheus. */
export class InferenceMetrics {
  readonly requests: Counter<'model' | 'version' | 'outcome'>;
  readonly rows: Counter<'model' | 'version'>;
  readonly seconds: Histogram<'model' | 'version'>;
  readonly loadedVersions: Gauge<'model' | 'version' | 'provider'>;
  readonly loadFailures: Counter<'model'>;
  readonly failedVersions: Gauge;

  /** @param queueDepth asked whenever the metrics are read. */
  constructor(registry: Registry, queueDepth: () => number) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'inference_requests_total',
      help: 'Inference requests by what became of them: ok, or the code of the error.',
      labelNames: ['model', 'version', 'outcome'],
      registers,
    });
    this.rows = new Counter({
      name: 'inference_rows_total',
      help: 'Rows of the batches that were answered.',
      labelNames: ['model', 'version'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'inference_request_seconds',
      help: 'From a decoded request to its answer, with the wait for a worker.',
      labelNames: ['model', 'version'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers,
    });
    this.loadedVersions = new Gauge({
      name: 'inference_loaded_versions',
      help: '1 for each model version that answers, with its execution provider.',
      labelNames: ['model', 'version', 'provider'],
      registers,
    });
    this.loadFailures = new Counter({
      name: 'inference_load_failures_total',
      help: 'Model files that could not be loaded.',
      labelNames: ['model'],
      registers,
    });
    this.failedVersions = new Gauge({
      name: 'inference_failed_versions',
      help: 'Models and versions on disk that can not be served.',
      registers,
    });
    new Gauge({
      name: 'inference_queue_depth',
      help: 'Requests that wait for a worker.',
      registers,
      collect() {
        this.set(queueDepth());
      },
    });
  }
}
