import {
  arrayFromContents,
  isDatatype,
  type Datatype,
  type InferTensorContents__Output,
  type ModelInferRequest__Output,
  type ModelInferResponse,
} from '@offerstream/inference-client/protocol';
import { tensorBytes, type TensorBytesByName, type Tensors } from '@offerstream/onnx-runtime';
import { datatypeOf, dtypeOf } from './datatypes.js';
import { Refusal } from './errors.js';
import type { ServedVersion } from './served-models.js';

/**
 * The input tensors of a request, as views of the received message. Whether they suit the model is checked where it runs.
 *
 * @throws Refusal `invalid` when the message contradicts itself.
 */
export const readInputs = (request: ModelInferRequest__Output): TensorBytesByName => {
  const { inputs, rawInputContents } = request;
  if (rawInputContents.length > 0 && rawInputContents.length !== inputs.length)
    throw new Refusal(
      'invalid',
      `There are ${inputs.length} inputs and ${rawInputContents.length} raw_input_contents; give one for each input.`,
    );
  const tensors: Record<string, TensorBytesByName[string]> = {};
  for (const [index, { name, datatype, shape, contents }] of inputs.entries()) {
    if (Object.hasOwn(tensors, name)) throw new Refusal('invalid', `Input "${name}" is there twice.`);
    if (!isDatatype(datatype))
      throw new Refusal('invalid', `Input "${name}" has datatype "${datatype}"; numbers and BOOL are served.`);
    const dims = shape.map(Number);
    if (dims.some((dim) => dim < 0))
      throw new Refusal('invalid', `Input "${name}" has shape [${dims.join(', ')}]; sizes are 0 or more.`);
    tensors[name] = {
      dtype: dtypeOf(datatype),
      dims,
      bytes: rawInputContents[index] ?? typedBytes(name, datatype, contents),
    };
  }
  return tensors;
};

const typedBytes = (name: string, datatype: Datatype, contents: InferTensorContents__Output | null): Uint8Array => {
  if (contents === null) throw new Refusal('invalid', `Input "${name}" has neither raw_input_contents nor contents.`);
  const array = arrayFromContents(datatype, contents);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
};

/** The first dimension of the first input, by which batches are counted; 1 where there is none. */
export const rowsIn = (request: ModelInferRequest__Output): number => Number(request.inputs[0]?.shape[0] ?? 1);

/** The outputs in the order in which they were asked for, else in the model's. */
export const writeResponse = (
  request: ModelInferRequest__Output,
  served: ServedVersion,
  outputs: Tensors,
): ModelInferResponse => {
  const wanted = request.outputs.length > 0 ? request.outputs : served.session.outputs;
  const tensors = wanted.flatMap(({ name }) => {
    const tensor = outputs[name];
    return tensor === undefined ? [] : [{ name, tensor }];
  });
  return {
    modelName: served.model,
    modelVersion: served.version,
    id: request.id,
    outputs: tensors.map(({ name, tensor }) => ({
      name,
      datatype: datatypeOf(tensor.dtype),
      shape: [...tensor.dims],
    })),
    rawOutputContents: tensors.map(({ tensor }) => tensorBytes(tensor)),
  };
};
