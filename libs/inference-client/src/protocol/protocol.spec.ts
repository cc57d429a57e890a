import { loadInferenceProtocol } from './load.js';

/** Field numbers of open_inference_grpc.proto as KServe publishes it; Triton's grpc_service.proto has the same. */
const PUBLISHED = {
  ServerLiveResponse: { live: 1 },
  ServerReadyResponse: { ready: 1 },
  ModelReadyRequest: { name: 1, version: 2 },
  ModelReadyResponse: { ready: 1 },
  ServerMetadataResponse: { name: 1, version: 2, extensions: 3 },
  ModelMetadataRequest: { name: 1, version: 2 },
  ModelMetadataResponse: { name: 1, versions: 2, platform: 3, inputs: 4, outputs: 5 },
  'ModelMetadataResponse.TensorMetadata': { name: 1, datatype: 2, shape: 3 },
  ModelInferRequest: {
    modelName: 1,
    modelVersion: 2,
    id: 3,
    parameters: 4,
    inputs: 5,
    outputs: 6,
    rawInputContents: 7,
  },
  'ModelInferRequest.InferInputTensor': { name: 1, datatype: 2, shape: 3, parameters: 4, contents: 5 },
  'ModelInferRequest.InferRequestedOutputTensor': { name: 1, parameters: 2 },
  ModelInferResponse: { modelName: 1, modelVersion: 2, id: 3, parameters: 4, outputs: 5, rawOutputContents: 6 },
  'ModelInferResponse.InferOutputTensor': { name: 1, datatype: 2, shape: 3, parameters: 4, contents: 5 },
  InferParameter: { boolParam: 1, int64Param: 2, stringParam: 3, doubleParam: 4, uint64Param: 5 },
  InferTensorContents: {
    boolContents: 1,
    intContents: 2,
    int64Contents: 3,
    uintContents: 4,
    uint64Contents: 5,
    fp32Contents: 6,
    fp64Contents: 7,
    bytesContents: 8,
  },
};

interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly { readonly name: string; readonly number: number }[];
  readonly nestedType: readonly MessageDescriptor[];
}

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const numbersIn = (descriptor: MessageDescriptor): Record<string, number> =>
  Object.fromEntries(descriptor.field.map(({ name, number }) => [camelCase(name), number]));

const { inference } = loadInferenceProtocol();

test.each(Object.entries(PUBLISHED))('%s has the published field numbers', (path, fields) => {
  const [message, nested] = path.split('.');
  const definition = (inference as unknown as Record<string, { readonly type: MessageDescriptor }>)[message ?? ''];
  const descriptor =
    nested === undefined ? definition?.type : definition?.type.nestedType.find(({ name }) => name === nested);
  expect(descriptor && numbersIn(descriptor)).toEqual(fields);
});

test('the service has the published name and methods', () => {
  expect(Object.values(inference.GRPCInferenceService.service).map(({ path }) => path)).toEqual(
    ['ServerLive', 'ServerReady', 'ModelReady', 'ServerMetadata', 'ModelMetadata', 'ModelInfer'].map(
      (method) => `/inference.GRPCInferenceService/${method}`,
    ),
  );
});
