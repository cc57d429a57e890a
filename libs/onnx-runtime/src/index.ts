export { OnnxRuntimeError, type OnnxRuntimeErrorCode } from './errors.js';
export type { ProviderAttempt, ProviderReport } from './provider-choice.js';
export { SessionPool, type PooledModel, type RunOptions, type SessionPoolOptions } from './session-pool.js';
export { openSession, PROVIDERS, type Provider, type Session, type SessionOptions } from './session.js';
export type { TensorBytes, TensorBytesByName } from './tensor-bytes.js';
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
