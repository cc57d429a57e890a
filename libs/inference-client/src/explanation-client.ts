import { EXPLANATION_INPUTS, EXPLANATION_OUTPUTS, EXPLANATION_SOURCES, explanationModel } from '@offerstream/contracts';
import { historyTensors, itemTensor, readOutput, type AskedHistories } from './asked-histories.js';
import type { CallLimits, InferenceClient } from './inference-client.js';

export interface ExplainRequest extends AskedHistories, CallLimits {
  /** The model that gave the scores. */
  readonly model: string;
  /** The version that did. */
  readonly version: string;
  /** [B, K] hashes of the items whose scores are to be explained, 0 = padding. */
  readonly items: BigInt64Array;
  /** K: how many items each row asks for. */
  readonly depth: number;
}

export interface Explanations {
  /** [B, K, width] what each interaction of the history adds to the item's score, then what each context item adds. */
  readonly contributions: Float32Array;
  /** L + C */
  readonly width: number;
  /** [B, K] the part of the item's score that is no single interaction's. */
  readonly bias: Float32Array;
  /** [B, K, sources] what comes from each of {@link EXPLANATION_SOURCES}, of models that say so; they sum to the contributions. */
  readonly sources?: Float32Array;
}

/** Says why items have their scores: asks the sibling of a retrieval model that explains it (`@offerstream/contracts`, retrieval-model.ts). */
export class ExplanationClient {
  constructor(private readonly client: InferenceClient) {}

  /**
   * For every item that the model knows, its contributions and its bias sum to its score.
   *
   * @throws InferenceError; `not-found` where the version has no explanation, `failed` also where the outputs are not those of one.
   */
  async explain(request: ExplainRequest): Promise<Explanations> {
    const { version, rows, length, context, items, depth, deadlineMs } = request;
    const model = explanationModel(request.model);
    const response = await this.client.infer({
      model,
      version,
      inputs: { ...historyTensors(request), [EXPLANATION_INPUTS.items]: itemTensor(rows, { items, width: depth }) },
      deadlineMs,
    });
    const width = length + (context?.width ?? 0);
    const output = (name: string, shape: readonly number[]): Float32Array =>
      readOutput(`${model} explains no retrieval model`, response, name, 'FP32', shape);
    return {
      contributions: output(EXPLANATION_OUTPUTS.contributions, [rows, depth, width]),
      width,
      bias: output(EXPLANATION_OUTPUTS.bias, [rows, depth]),
      ...(response.outputs[EXPLANATION_OUTPUTS.sources] !== undefined && {
        sources: output(EXPLANATION_OUTPUTS.sources, [rows, depth, EXPLANATION_SOURCES.length]),
      }),
    };
  }
}
