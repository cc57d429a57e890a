import { RETRIEVAL_INPUTS } from '@offerstream/contracts';
import { InferenceError } from './errors.js';
import type { InferenceTensor, InferResponse } from './inference-client.js';
import type { Datatype, DatatypeArray } from './protocol/index.js';

/** A matrix of item hashes, one row a shopper, 0 = none. */
export interface ItemRows {
  /** [B, width] */
  readonly items: BigInt64Array;
  readonly width: number;
}

/** The histories that a retrieval model, or its explanation, is asked about. */
export interface AskedHistories {
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
}

export const historyTensors = (asked: AskedHistories): Record<string, InferenceTensor> => {
  const shape = [asked.rows, asked.length];
  return {
    [RETRIEVAL_INPUTS.historyItems]: { datatype: 'INT64', shape, data: asked.historyItems },
    [RETRIEVAL_INPUTS.historyActions]: { datatype: 'INT64', shape, data: asked.historyActions },
    [RETRIEVAL_INPUTS.historyAges]: { datatype: 'FP32', shape, data: asked.historyAges },
    ...(asked.context === undefined ? {} : { [RETRIEVAL_INPUTS.contextItems]: itemTensor(asked.rows, asked.context) }),
  };
};

export const itemTensor = (rows: number, { items, width }: ItemRows): InferenceTensor => ({
  datatype: 'INT64',
  shape: [rows, width],
  data: items,
});

/**
 * The elements of an output, which has to be so.
 *
 * @param model with what kind it should be of, for the message: `demo.popular is no retrieval model`
 * @throws InferenceError `failed`
 */
export const readOutput = <Type extends Datatype>(
  model: string,
  { outputs }: InferResponse,
  name: string,
  datatype: Type,
  shape: readonly number[],
): DatatypeArray<Type> => {
  const tensor = outputs[name];
  if (tensor?.datatype !== datatype || tensor.shape.join() !== shape.join())
    throw new InferenceError(
      'failed',
      `${model}: its output "${name}" should be ${datatype} [${shape.join(', ')}], ` +
        (tensor === undefined ? 'it has none.' : `it is ${tensor.datatype} [${tensor.shape.join(', ')}].`),
    );
  return tensor.data as DatatypeArray<Type>;
};
