import type { OnnxRuntimeErrorCode } from './errors.js';
import type { ProviderReport } from './provider-choice.js';
import type { Provider } from './session.js';
import type { PackedTensors } from './tensor-bytes.js';
import type { InputMetadata, TensorMetadata } from './tensor.js';

/** What the pool asks of a worker; each request is answered once, under its id. `model` numbers what is loaded. */
export type WorkerRequest =
  | {
      readonly kind: 'load';
      readonly id: number;
      readonly model: number;
      readonly path: string;
      /** More than one: the worker tries them and keeps the fastest that answers as `cpu` does. */
      readonly providers: readonly Provider[];
    }
  | { readonly kind: 'unload'; readonly id: number; readonly model: number }
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly model: number;
      readonly feeds: PackedTensors;
      readonly outputs: readonly string[] | undefined;
    }
  | { readonly kind: 'close'; readonly id: number };

export interface LoadedDescription {
  readonly inputs: readonly InputMetadata[];
  readonly outputs: readonly TensorMetadata[];
  readonly report: ProviderReport;
}

export type WorkerAnswer =
  | { readonly id: number; readonly kind: 'done' }
  | { readonly id: number; readonly kind: 'loaded'; readonly loaded: LoadedDescription }
  | { readonly id: number; readonly kind: 'ran'; readonly outputs: PackedTensors }
  | { readonly id: number; readonly kind: 'failed'; readonly code: OnnxRuntimeErrorCode; readonly message: string };
