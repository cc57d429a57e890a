import { InferenceError } from './errors.js';
import type { InferenceTensor } from './inference-client.js';

export interface ExpectedRows {
  readonly model: string;
  /** Name of the output. */
  readonly output: string;
  readonly rows: number;
  /** Numbers of a row; any where it is left out. */
  readonly width?: number;
}

/**
 * An output of float32 [rows, width], all of whose numbers are some.
 *
 * @param answer undefined where the model has not answered with it
 * @throws {InferenceError} `failed` where it is anything else
 */
export const finiteRows = (
  answer: InferenceTensor | undefined,
  { model, output, rows, width }: ExpectedRows,
): InferenceTensor<'FP32'> => {
  if (answer?.datatype !== 'FP32' || answer.shape.join() !== [rows, width ?? answer.shape[1]].join())
    throw new InferenceError('failed', `${model} has no ${output} [B, ${width ?? 'D'}].`);
  if (!answer.data.every(Number.isFinite))
    throw new InferenceError('failed', `${model} answers with ${output} in which there are numbers that are none.`);
  return answer;
};
