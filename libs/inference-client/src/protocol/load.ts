import { fileURLToPath } from 'node:url';
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync, type Options } from '@grpc/proto-loader';
import type { ProtoGrpcType } from './generated/open_inference_grpc.js';

export const INFERENCE_PROTO_FILE = fileURLToPath(
  new URL('../../../../proto/open_inference_grpc.proto', import.meta.url),
);
export const INFERENCE_PACKAGE = 'inference';
export const INFERENCE_SERVICE = 'GRPCInferenceService';

/** Equal to the options of `proto/generate.mjs`, so that the generated types tell the truth. */
export const PROTO_LOADER_OPTIONS = { longs: String, defaults: true, arrays: true } as const satisfies Options;

/** Fits 1,024 rows of any retrieval model many times over; gRPC's own limit is 4 MiB. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

export const loadInferenceProtocol = (): ProtoGrpcType =>
  loadPackageDefinition(loadSync(INFERENCE_PROTO_FILE, PROTO_LOADER_OPTIONS)) as unknown as ProtoGrpcType;
