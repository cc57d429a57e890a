// Generates the TypeScript types of every contract in this folder: `node proto/generate.mjs [folder]`. The options equal those
// with which the contracts are loaded at run time (libs/inference-client/src/protocol/load.ts).
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = resolve(process.argv[2] ?? here('../libs/inference-client/src/protocol/generated'));
const generator = createRequire(import.meta.url).resolve('@grpc/proto-loader/build/bin/proto-loader-gen-types.js');

rmSync(target, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [
    generator,
    '--longs=String',
    '--defaults',
    '--arrays',
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.js',
    `--outDir=${target}`,
    'open_inference_grpc.proto',
    '--includeDirs=.',
  ],
  { cwd: here('.'), stdio: 'inherit' },
);
process.exit(status ?? 1);
