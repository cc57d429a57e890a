import { credentials, type CallOptions, type ClientUnaryCall, type requestCallback } from '@grpc/grpc-js';
import { inferenceErrorFrom, InferenceError } from './errors.js';
import {
  arrayFromBytes,
  arrayFromContents,
  isDatatype,
  loadInferenceProtocol,
  MAX_MESSAGE_BYTES,
  tensorBytes,
  type Datatype,
  type DatatypeArray,
} from './protocol/index.js';
import type { GRPCInferenceServiceClient } from './protocol/generated/inference/GRPCInferenceService.js';
import type { ModelInferResponse__Output } from './protocol/generated/inference/ModelInferResponse.js';
import type { ModelMetadataResponse__Output } from './protocol/generated/inference/ModelMetadataResponse.js';

/** Elements in row-major order; as many as the product of `shape`. */
export type InferenceTensor<Type extends Datatype = Datatype> = {
  [Each in Type]: { readonly datatype: Each; readonly shape: readonly number[]; readonly data: DatatypeArray<Each> };
}[Type];

export interface CallLimits {
  /** How long the caller waits; afterwards the call fails with `deadline-exceeded`. */
  readonly deadlineMs: number;
}

export interface InferRequest extends CallLimits {
  readonly model: string;
  /** Default: the highest version that is ready. */
  readonly version?: string;
  readonly inputs: Readonly<Record<string, InferenceTensor>>;
  /** Names of the outputs to send back; default all. */
  readonly outputs?: readonly string[];
}

export interface InferResponse {
  /** The version that answered. */
  readonly version: string;
  /** Views of the received message where alignment allows. */
  readonly outputs: Readonly<Record<string, InferenceTensor>>;
}

export interface TensorDescription {
  readonly name: string;
  readonly datatype: string;
  /** -1 stands for a dimension of any size. */
  readonly shape: readonly number[];
}

export interface ModelDescription {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
}

const INITIAL_RECONNECT_MS = 50;
const MAX_RECONNECT_MS = 500;

/**
 * Client of an Open Inference Protocol v2 server (this project's, Triton, KServe). While the server is away each call fails at once
 * with `unavailable`, so that a caller can do without; the connection comes back within half a second of the server.
 */
export class InferenceClient {
  private readonly service: GRPCInferenceServiceClient;

  /** @param address host:port */
  constructor(private readonly address: string) {
    this.service = new (loadInferenceProtocol().inference.GRPCInferenceService)(address, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': INITIAL_RECONNECT_MS,
      'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_MS,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      // Tensors do not compress, and neither proxies nor DNS service records are in the way of an internal call.
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
    });
  }

  /** @throws InferenceError */
  async infer(request: InferRequest): Promise<InferResponse> {
    const inputs = Object.entries(request.inputs);
    const response = await this.call<ModelInferResponse__Output>(
      `inference by ${request.model}${request.version === undefined ? '' : ` version ${request.version}`}`,
      request,
      (options, callback) =>
        this.service.modelInfer(
          {
            modelName: request.model,
            modelVersion: request.version ?? '',
            inputs: inputs.map(([name, { datatype, shape }]) => ({ name, datatype, shape: [...shape] })),
            outputs: (request.outputs ?? []).map((name) => ({ name })),
            rawInputContents: inputs.map(
              ([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
            ),
          },
          options,
          callback,
        ),
    );
    return { version: response.modelVersion, outputs: readOutputs(response) };
  }

  /** False where the server does not answer. */
  async live(limits: CallLimits): Promise<boolean> {
    return this.ask(async () => {
      const { live } = await this.call<{ live: boolean }>('liveness', limits, (options, callback) =>
        this.service.serverLive({}, options, callback),
      );
      return live;
    });
  }

  /** False where the server does not answer or does not take requests yet. */
  async ready(limits: CallLimits): Promise<boolean> {
    return this.ask(async () => {
      const { ready } = await this.call<{ ready: boolean }>('readiness', limits, (options, callback) =>
        this.service.serverReady({}, options, callback),
      );
      return ready;
    });
  }

  /** False where the server does not answer or the model (in this version, if one is named) can't be asked. */
  async modelReady(request: { readonly model: string; readonly version?: string } & CallLimits): Promise<boolean> {
    return this.ask(async () => {
      const { ready } = await this.call<{ ready: boolean }>('model readiness', request, (options, callback) =>
        this.service.modelReady({ name: request.model, version: request.version ?? '' }, options, callback),
      );
      return ready;
    });
  }

  /** @throws InferenceError */
  async metadata(
    request: { readonly model: string; readonly version?: string } & CallLimits,
  ): Promise<ModelDescription> {
    const response = await this.call<ModelMetadataResponse__Output>(
      `metadata of ${request.model}`,
      request,
      (options, callback) =>
        this.service.modelMetadata({ name: request.model, version: request.version ?? '' }, options, callback),
    );
    const describe = (tensors: ModelMetadataResponse__Output['inputs']) =>
      tensors.map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(Number) }));
    return {
      name: response.name,
      versions: response.versions,
      platform: response.platform,
      inputs: describe(response.inputs),
      outputs: describe(response.outputs),
    };
  }

  close(): void {
    this.service.close();
  }

  private async ask(question: () => Promise<boolean>): Promise<boolean> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof InferenceError && error.canRetry) return false;
      throw error;
    }
  }

  private call<Response>(
    what: string,
    { deadlineMs }: CallLimits,
    start: (options: CallOptions, callback: requestCallback<Response>) => ClientUnaryCall,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      start({ deadline: Date.now() + deadlineMs }, (error, response) => {
        if (error !== null) reject(inferenceErrorFrom(error, `${what} at ${this.address}`));
        else if (response === undefined) reject(new InferenceError('failed', `${what}: the server answered nothing`));
        else resolve(response);
      });
    });
  }
}

const readOutputs = (response: ModelInferResponse__Output): Record<string, InferenceTensor> =>
  Object.fromEntries(
    response.outputs.map((output, index) => {
      const { name, datatype } = output;
      if (!isDatatype(datatype))
        throw new InferenceError('failed', `${response.modelName}: output "${name}" has data type ${datatype}.`);
      const shape = output.shape.map(Number);
      const raw = response.rawOutputContents[index];
      const data =
        raw !== undefined
          ? arrayFromBytes(datatype, raw)
          : output.contents === null
            ? undefined
            : arrayFromContents(datatype, output.contents);
      if (data?.byteLength !== tensorBytes(datatype, shape))
        throw new InferenceError(
          'failed',
          `${response.modelName}: output "${name}" of ${datatype} [${shape.join(', ')}] came with ${data?.byteLength ?? 0} bytes.`,
        );
      return [name, { datatype, shape, data } as InferenceTensor];
    }),
  );
