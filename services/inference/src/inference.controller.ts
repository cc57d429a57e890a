import { status, type Metadata, type ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Logger } from '@nestjs/common';
import { GrpcMethod, RpcException } from '@nestjs/microservices';
import {
  INFERENCE_SERVICE,
  type ModelInferRequest__Output,
  type ModelInferResponse,
  type ModelMetadataRequest__Output,
  type ModelMetadataResponse,
  type ModelReadyRequest__Output,
  type ModelReadyResponse,
  type ServerLiveResponse,
  type ServerMetadataResponse,
  type ServerReadyResponse,
} from '@offerstream/inference-client/protocol';
import type { TensorMetadata } from '@offerstream/onnx-runtime';
import { datatypeOf } from './datatypes.js';
import { rpcExceptionFrom } from './errors.js';
import { Infer } from './infer.js';
import { ServedModels } from './served-models.js';

const SERVER_NAME = 'offerstream-inference';
const SERVER_VERSION = '0.1.0';
/** As Triton names it. */
const PLATFORM = 'onnxruntime_onnx';

const CALL_ENDED = new Error('The call has ended.');

/** The Open Inference Protocol, version 2 (`proto/open_inference_grpc.proto`). */
@Controller()
export class InferenceController {
  private readonly logger = new Logger('inference');

  constructor(
    private readonly inference: Infer,
    private readonly models: ServedModels,
  ) {}

  @GrpcMethod(INFERENCE_SERVICE, 'ServerLive')
  serverLive(): ServerLiveResponse {
    return { live: true };
  }

  @GrpcMethod(INFERENCE_SERVICE, 'ServerReady')
  serverReady(): ServerReadyResponse {
    return { ready: this.models.areKnown };
  }

  @GrpcMethod(INFERENCE_SERVICE, 'ModelReady')
  modelReady({ name, version }: ModelReadyRequest__Output): ModelReadyResponse {
    const versions = this.models.versions(name);
    return { ready: version === '' ? versions.length > 0 : versions.includes(version) };
  }

  @GrpcMethod(INFERENCE_SERVICE, 'ServerMetadata')
  serverMetadata(): ServerMetadataResponse {
    return { name: SERVER_NAME, version: SERVER_VERSION, extensions: [] };
  }

  @GrpcMethod(INFERENCE_SERVICE, 'ModelMetadata')
  modelMetadata({ name, version }: ModelMetadataRequest__Output): ModelMetadataResponse {
    return this.answerOrStatus(() => {
      const { model, session } = this.models.find(name, version);
      return {
        name: model,
        versions: [...this.models.versions(model)],
        platform: PLATFORM,
        inputs: session.inputs.map(describe),
        outputs: session.outputs.map(describe),
      };
    });
  }

  @GrpcMethod(INFERENCE_SERVICE, 'ModelInfer')
  async modelInfer(
    request: ModelInferRequest__Output,
    _metadata: Metadata,
    call: ServerUnaryCall<unknown, unknown>,
  ): Promise<ModelInferResponse> {
    const left = new AbortController();
    // It fires after each call, answered or not: a reason of its own would cost a stack trace.
    call.on('cancelled', () => left.abort(CALL_ENDED));
    try {
      return await this.inference.infer(request, left.signal);
    } catch (error) {
      throw this.statusOf(error);
    }
  }

  private answerOrStatus<Answer>(answer: () => Answer): Answer {
    try {
      return answer();
    } catch (error) {
      throw this.statusOf(error);
    }
  }

  /** A bug answers the one request that met it, with its stack in the log: a request that comes again must not stop the server. */
  private statusOf(error: unknown): RpcException {
    const expected = rpcExceptionFrom(error);
    if (expected !== undefined) return expected;
    this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return new RpcException({ code: status.INTERNAL, message: 'The server met a bug; its log says where.' });
  }
}

const describe = ({ name, dtype, shape }: TensorMetadata) => ({
  name,
  datatype: datatypeOf(dtype),
  shape: shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
});
