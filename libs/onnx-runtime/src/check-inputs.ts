import { OnnxRuntimeError } from './errors.js';
import { bytesPerElement, elementCount, type DataType, type InputMetadata } from './tensor.js';

/** A tensor's type and extent, whatever holds its elements. */
type Extent = { readonly dtype: DataType; readonly dims: readonly number[] } & (
  { readonly data: { readonly byteLength: number } } | { readonly bytes: { readonly byteLength: number } }
);

/**
 * Compares tensors with what the graph asks for, so that a caller learns which input is wrong. ONNX Runtime itself ignores an
 * unknown name and notices unequal sizes only deep inside the graph.
 *
 * @throws OnnxRuntimeError `input-invalid`
 */
export const checkInputs = (inputs: readonly InputMetadata[], feeds: Readonly<Record<string, Extent>>): void => {
  const unknown = Object.keys(feeds).find((name) => !inputs.some((input) => input.name === name));
  if (unknown !== undefined)
    throw invalid(`There is no input "${unknown}"; there are ${inputs.map((input) => input.name).join(', ')}.`);

  const sizes = new Map<string, { readonly size: number; readonly input: string }>();
  for (const input of inputs) {
    const tensor = feeds[input.name];
    if (tensor === undefined) {
      if (input.optional) continue;
      throw invalid(`Input "${input.name}" (${describe(input)}) is missing.`);
    }
    checkTensor(input, tensor);
    for (const [axis, dim] of input.shape.entries()) {
      const size = tensor.dims[axis] ?? 0;
      if (typeof dim === 'number' || dim === '') continue;
      const before = sizes.get(dim);
      if (before === undefined) sizes.set(dim, { size, input: input.name });
      else if (before.size !== size)
        throw invalid(
          `Input "${input.name}" (${describe(input)}) has ${dim} = ${size}, but "${before.input}" has ${dim} = ${before.size}.`,
        );
    }
  }
};

const checkTensor = (input: InputMetadata, tensor: Extent): void => {
  if (tensor.dtype !== input.dtype)
    throw invalid(`Input "${input.name}" must be ${describe(input)}, ${tensor.dtype} came.`);
  const fits =
    tensor.dims.length === input.shape.length &&
    input.shape.every((dim, axis) => typeof dim === 'string' || dim === tensor.dims[axis]);
  if (!fits) throw invalid(`Input "${input.name}" must be ${describe(input)}, [${tensor.dims.join(', ')}] came.`);
  const expected = elementCount(tensor.dims) * bytesPerElement(tensor.dtype);
  const { byteLength } = 'data' in tensor ? tensor.data : tensor.bytes;
  if (byteLength !== expected)
    throw invalid(
      `Input "${input.name}" of ${tensor.dtype} [${tensor.dims.join(', ')}] needs ${expected} bytes, ${byteLength} came.`,
    );
};

const describe = (input: InputMetadata): string =>
  `${input.dtype} [${input.shape.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;

const invalid = (message: string): OnnxRuntimeError => new OnnxRuntimeError('input-invalid', message);
