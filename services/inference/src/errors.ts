import { status } from '@grpc/grpc-js';
import { RpcException } from '@nestjs/microservices';
import { OnnxRuntimeError, type OnnxRuntimeErrorCode } from '@offerstream/onnx-runtime';

export type RefusalCode = 'starting' | 'not-found' | 'invalid';

/** A request that this server refuses before it runs anything. */
export class Refusal extends Error {
  readonly canRetry: boolean;

  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message);
    this.name = 'Refusal';
    this.canRetry = code === 'starting';
  }
}

const REFUSAL_STATUS: Readonly<Record<RefusalCode, status>> = {
  starting: status.UNAVAILABLE,
  'not-found': status.NOT_FOUND,
  invalid: status.INVALID_ARGUMENT,
};

const RUNTIME_STATUS: Readonly<Record<OnnxRuntimeErrorCode, status>> = {
  'input-invalid': status.INVALID_ARGUMENT,
  'queue-full': status.RESOURCE_EXHAUSTED,
  cancelled: status.CANCELLED,
  closed: status.UNAVAILABLE,
  'run-failed': status.INTERNAL,
  'model-unusable': status.INTERNAL,
  'provider-unavailable': status.INTERNAL,
};

/** The gRPC status of an expected error; undefined for a bug. */
export const rpcExceptionFrom = (error: unknown): RpcException | undefined => {
  if (error instanceof Refusal) return new RpcException({ code: REFUSAL_STATUS[error.code], message: error.message });
  if (error instanceof OnnxRuntimeError)
    return new RpcException({ code: RUNTIME_STATUS[error.code], message: error.message });
  return undefined;
};

/** The label of a request's outcome in the metrics. */
export const outcomeOf = (error: unknown): string =>
  error instanceof Refusal || error instanceof OnnxRuntimeError ? error.code : 'bug';
