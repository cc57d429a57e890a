import type { ModelInferRequest__Output, ModelInferResponse } from '@offerstream/inference-client/protocol';
import { outcomeOf } from './errors.js';
import { readInputs, rowsIn, writeResponse } from './infer-messages.js';
import type { InferenceMetrics } from './inference-metrics.js';
import type { ServedModels } from './served-models.js';

export interface InferParts {
  readonly models: ServedModels;
  readonly metrics: InferenceMetrics;
  /** Milliseconds, for durations only. */
  readonly now: () => number;
}

/** Answers inference requests. */
export class Infer {
  constructor(private readonly parts: InferParts) {}

  /**
   * @param signal fires when the caller has left.
   * @throws Refusal, OnnxRuntimeError
   */
  async infer(request: ModelInferRequest__Output, signal: AbortSignal): Promise<ModelInferResponse> {
    const { models, metrics, now } = this.parts;
    const start = now();
    // Names that nobody serves stay out of the labels: a caller could make up any number of them.
    let labels = { model: '', version: '' };
    try {
      const served = models.find(request.modelName, request.modelVersion);
      labels = { model: served.model, version: served.version };
      const wanted = request.outputs.length > 0 ? { outputs: request.outputs.map(({ name }) => name) } : {};
      const outputs = await served.session.run(readInputs(request), { ...wanted, signal });
      metrics.requests.inc({ ...labels, outcome: 'ok' });
      metrics.rows.inc(labels, rowsIn(request));
      metrics.seconds.observe(labels, (now() - start) / 1000);
      return writeResponse(request, served, outputs);
    } catch (error) {
      metrics.requests.inc({ ...labels, outcome: outcomeOf(error) });
      throw error;
    }
  }
}
