export { OnnxRuntimeError, type OnnxRuntimeErrorCode } from './errors.js';
export { openSession, PROVIDERS, type Provider, type Session, type SessionOptions } from './session.js';
export {
  bytesPerElement,
  dataOf,
  elementCount,
  isDataType,
  tensorBytes,
  tensorFromBytes,
  type DataType,
  type InputMetadata,
  type Tensor,
  type TensorData,
  type TensorMetadata,
  type Tensors,
} from './tensor.js';
