import { readFileSync } from 'node:fs';
import { KAFKA_IMAGE } from '@offerstream/infra';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest;
const MEASURED = ['@nestjs/core', 'fastify', 'kafkajs', 'lmdb', '@grpc/grpc-js', 'onnxruntime-node'];

/** Of Offerstream, of Kafka, and of the packages on which a figure depends. */
export const VERSIONS: Readonly<Record<string, string | undefined>> = {
  offerstream: manifest.version,
  kafka: KAFKA_IMAGE.split(':').pop(),
  ...Object.fromEntries(MEASURED.map((name) => [name, manifest.dependencies[name]])),
};
