import { readFile } from 'node:fs/promises';
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { checkInputs } from './check-inputs.js';
import { splitDefaults } from './default-inputs.js';
import { OnnxRuntimeError } from './errors.js';
import { isDataType, type InputMetadata, type Tensor, type TensorMetadata, type Tensors } from './tensor.js';

/** `webgpu` has no int64 kernels; `cuda` works only where the operator has put ONNX Runtime's CUDA libraries beside it. */
export const PROVIDERS = ['cuda', 'webgpu', 'cpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

export interface SessionOptions {
  /** Where the graph runs; default `cpu`. */
  readonly provider?: Provider;
  /**
   * Threads that compute one operator together; default 1. Their number can show in the last bits: of a matrix product (`Gemm`, `MatMul`)
   * whose sums have more than 128 terms, ONNX Runtime adds these up in other portions where a thread has 64 columns or fewer.
   */
  readonly threads?: number;
  /**
   * Keeps freed memory for the next run; default false. Faster where every run has the same large sizes, as in training; wrong
   * where sizes vary, because the largest run's memory stays.
   */
  readonly keepMemory?: boolean;
}

/** One loaded graph in this thread. */
export interface Session {
  readonly provider: Provider;
  readonly inputs: readonly InputMetadata[];
  readonly outputs: readonly TensorMetadata[];
  /**
   * Runs the graph; the thread is blocked meanwhile. Inputs that are left out have the graph's defaults.
   *
   * @param outputs names of the outputs to give back, default all. ONNX Runtime computes the others all the same.
   * @throws OnnxRuntimeError `input-invalid`, `run-failed` or `closed`
   */
  run(feeds: Tensors, outputs?: readonly string[]): Promise<Tensors>;
  /** Frees the graph's memory. */
  close(): Promise<void>;
}

/**
 * Loads an ONNX model into this thread.
 *
 * @param model a path, or the bytes of the file; weights in files of their own are found only beside a path.
 * @throws OnnxRuntimeError `model-unusable` or `provider-unavailable`
 */
export const openSession = async (model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> => {
  const provider = options.provider ?? 'cpu';
  const bytes = typeof model === 'string' ? await readModel(model) : model;
  const { bytes: graph, defaults } = splitDefaults(bytes);
  const native = await create(typeof model === 'string' && graph === bytes ? model : graph, provider, options);
  const inputs = native.inputMetadata.map((metadata) => ({
    ...describe(metadata),
    optional: Object.hasOwn(defaults, metadata.name),
  }));
  const outputs = native.outputMetadata.map(describe);
  const nativeDefaults = toNative(defaults);
  let open = true;

  return {
    provider,
    inputs,
    outputs,
    run: async (feeds, wanted) => {
      if (!open) throw new OnnxRuntimeError('closed', 'The session is closed.');
      checkInputs(inputs, feeds);
      const results = await runNative(native, { ...nativeDefaults, ...toNative(feeds) }, wanted);
      return Object.fromEntries(Object.entries(results).map(([name, result]) => [name, fromNative(result)]));
    },
    close: async () => {
      if (!open) return;
      open = false;
      await native.release();
    },
  };
};

// Every failure comes back as an exception; a provider that is missing would be printed as well.
env.logLevel = 'fatal';

const ERRORS_ONLY = 3;

const create = async (
  model: string | Uint8Array,
  provider: Provider,
  { threads = 1, keepMemory = false }: SessionOptions,
): Promise<InferenceSession> => {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableCpuMemArena: keepMemory,
    enableMemPattern: false,
    logSeverityLevel: ERRORS_ONLY,
  };
  try {
    return await (typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options));
  } catch (error) {
    if (provider === 'cpu')
      throw new OnnxRuntimeError('model-unusable', `ONNX Runtime can't load the model: ${messageOf(error)}`, error);
    throw new OnnxRuntimeError(
      'provider-unavailable',
      `ONNX Runtime can't run the model on ${provider}: ${messageOf(error)}`,
      error,
    );
  }
};

const readModel = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path);
  } catch (error) {
    throw new OnnxRuntimeError('model-unusable', `The model can't be read: ${messageOf(error)}`, error);
  }
};

const runNative = async (
  native: InferenceSession,
  feeds: Record<string, OrtTensor>,
  wanted: readonly string[] | undefined,
): Promise<InferenceSession.ReturnType> => {
  try {
    return await (wanted === undefined ? native.run(feeds) : native.run(feeds, wanted));
  } catch (error) {
    throw new OnnxRuntimeError('run-failed', `ONNX Runtime could not finish the run: ${messageOf(error)}`, error);
  }
};

const describe = (metadata: InferenceSession.ValueMetadata): TensorMetadata => {
  if (!metadata.isTensor || !isDataType(metadata.type))
    throw new OnnxRuntimeError(
      'model-unusable',
      `"${metadata.name}" is ${metadata.isTensor ? `a tensor of ${metadata.type}` : 'not a tensor'}; tensors of numbers and booleans are served.`,
    );
  return { name: metadata.name, dtype: metadata.type, shape: metadata.shape };
};

const toNative = (tensors: Tensors): Record<string, OrtTensor> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, new OrtTensor(tensor.dtype, tensor.data, tensor.dims)]),
  );

const fromNative = (value: InferenceSession.ReturnType[string]): Tensor => {
  const { type, dims } = value;
  if (!isDataType(type)) throw new OnnxRuntimeError('model-unusable', `Outputs of type ${type} are not served.`);
  return { dtype: type, dims, data: value.data } as Tensor;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
