import { RETRIEVAL_INPUTS, RETRIEVAL_OUTPUTS } from '@offerstream/contracts';
import { InferenceError } from './errors.js';
import type { CallLimits, InferenceClient, InferenceTensor } from './inference-client.js';
import type { Datatype, DatatypeArray } from './protocol/index.js';

/** A matrix of item hashes, one row a shopper, 0 = none. */
export interface ItemRows {
  /** [B, width] */
  readonly items: BigInt64Array;
  readonly width: number;
}

export interface RankRequest extends CallLimits {
  readonly model: string;
  /** Default: the highest version that is ready. */
  readonly version?: string;
  /** B: how many shoppers. */
  readonly rows: number;
  /** L: how many interactions each has, newest last, padded on the left. */
  readonly length: number;
  /** [B, L] item hashes, 0 = padding. */
  readonly historyItems: BigInt64Array;
  /** [B, L] action codes, 0 = padding. */
  readonly historyActions: BigInt64Array;
  /** [B, L] seconds before the newest event. */
  readonly historyAges: Float32Array;
  /** What the page or cart shows each shopper. */
  readonly context?: ItemRows;
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
    const { model, version, rows, length, deadlineMs } = request;
    const perInteraction = [rows, length];
    const inputs: Record<string, InferenceTensor> = {
      [RETRIEVAL_INPUTS.historyItems]: { datatype: 'INT64', shape: perInteraction, data: request.historyItems },
      [RETRIEVAL_INPUTS.historyActions]: { datatype: 'INT64', shape: perInteraction, data: request.historyActions },
      [RETRIEVAL_INPUTS.historyAges]: { datatype: 'FP32', shape: perInteraction, data: request.historyAges },
    };
    if (request.context !== undefined) inputs[RETRIEVAL_INPUTS.contextItems] = itemRows(rows, request.context);
    if (request.exclude !== undefined) inputs[RETRIEVAL_INPUTS.excludeItems] = itemRows(rows, request.exclude);
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
      readMatrix(model, response.outputs[name], { name, datatype, shape });
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

const itemRows = (rows: number, { items, width }: ItemRows): InferenceTensor => ({
  datatype: 'INT64',
  shape: [rows, width],
  data: items,
});

const readMatrix = <Type extends Datatype>(
  model: string,
  tensor: InferenceTensor | undefined,
  expected: { readonly name: string; readonly datatype: Type; readonly shape: readonly number[] },
): DatatypeArray<Type> => {
  if (tensor?.datatype !== expected.datatype || tensor.shape.join() !== expected.shape.join())
    throw new InferenceError(
      'failed',
      `${model} is no retrieval model: its output "${expected.name}" should be ${expected.datatype} [${expected.shape.join(', ')}], ` +
        (tensor === undefined ? 'it has none.' : `it is ${tensor.datatype} [${tensor.shape.join(', ')}].`),
    );
  return tensor.data as DatatypeArray<Type>;
};
