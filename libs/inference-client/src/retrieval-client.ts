import { RETRIEVAL_INPUTS, RETRIEVAL_OUTPUTS } from '@offerstream/contracts';
import { historyTensors, itemTensor, readOutput, type AskedHistories, type ItemRows } from './asked-histories.js';
import type { CallLimits, InferenceClient } from './inference-client.js';
import type { Datatype } from './protocol/index.js';

export interface RankRequest extends AskedHistories, CallLimits {
  readonly model: string;
  /** Default: the highest version that is ready. */
  readonly version?: string;
  /** What must not come back for each shopper. */
  readonly exclude?: ItemRows;
  /** [Y] item hashes that are available to nobody. */
  readonly blocked?: BigInt64Array;
}

export interface Ranking {
  /** The version that answered. */
  readonly modelVersion: string;
  /** d; 0 for a family without a user vector. */
  readonly dimensions: number;
  /** [B, d] */
  readonly userVectors: Float32Array;
  /** K */
  readonly depth: number;
  /** [B, K] the best item hashes, best first, 0 where there are fewer. */
  readonly items: BigInt64Array;
  /** [B, K] */
  readonly scores: Float32Array;
}

/** Ranks for many shoppers in one call, by any model that has the signature of `@offerstream/contracts` (retrieval-model.ts). */
export class RetrievalClient {
  constructor(private readonly client: InferenceClient) {}

  /**
   * @throws InferenceError; `failed` also where the model's outputs are not those of a retrieval model.
   */
  async rank(request: RankRequest): Promise<Ranking> {
    const { model, version, rows, deadlineMs } = request;
    const inputs = historyTensors(request);
    if (request.exclude !== undefined) inputs[RETRIEVAL_INPUTS.excludeItems] = itemTensor(rows, request.exclude);
    if (request.blocked !== undefined)
      inputs[RETRIEVAL_INPUTS.blockedItems] = {
        datatype: 'INT64',
        shape: [request.blocked.length],
        data: request.blocked,
      };

    const response = await this.client.infer({
      model,
      ...(version === undefined ? {} : { version }),
      inputs,
      deadlineMs,
    });
    const output = <Type extends Datatype>(name: string, datatype: Type, shape: readonly number[]) =>
      readOutput(`${model} is no retrieval model`, response, name, datatype, shape);
    const dimensions = response.outputs[RETRIEVAL_OUTPUTS.userVector]?.shape[1] ?? 0;
    const depth = response.outputs[RETRIEVAL_OUTPUTS.items]?.shape[1] ?? 0;
    return {
      modelVersion: response.version,
      dimensions,
      userVectors: output(RETRIEVAL_OUTPUTS.userVector, 'FP32', [rows, dimensions]),
      depth,
      items: output(RETRIEVAL_OUTPUTS.items, 'INT64', [rows, depth]),
      scores: output(RETRIEVAL_OUTPUTS.scores, 'FP32', [rows, depth]),
    };
  }
}
