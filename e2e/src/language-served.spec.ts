import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { InferenceClient } from '@offerstream/inference-client';
import { waitUntil } from '@offerstream/infra';
import { kafkaBrokers } from '@offerstream/testing';
import { ITEMS, Line, TENANT } from './line.js';
import { ROOT } from './started-line.js';

const NAME = `${TENANT}.language`;
/** Of ten titles two are held out. */
const LEARNED = ITEMS - ITEMS / 5;
const OPTIONS = ['--kind', 'lstm', '--embedding', '8', '--hidden', '8', '--epochs', '1'];

let line: Line;
beforeAll(async () => {
  line = await Line.prepare(await kafkaBrokers());
});
afterAll(() => line.close());

/** `npm run train -- language` on the line's catalog, or with other options in its place. */
const train = (inferenceAddress: string, options: readonly string[] = [], of = ['--catalog', '--tenant', TENANT]) => {
  const args = [`${ROOT}tools/dist/train.js`, 'language', ...of, '--data', line.path('data')];
  const child = spawn(process.execPath, [...args, ...OPTIONS, ...options], {
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: line.brokers,
      TOPIC_PREFIX: line.naming.prefix,
      TOPIC_SUFFIX: line.naming.suffix,
      INFERENCE_ADDRESS: inferenceAddress,
      MODELS_DIR: line.path('models'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = new Promise<readonly [code: number | null, stdout: string, stderr: string]>((resolve) =>
    child.once('close', (code) => resolve([code, stdout, stderr])),
  );
  return { child, ended };
};

it('a model of the catalog’s titles serves when the command ends', async () => {
  await line.startInference();
  const [code, stdout, stderr] = await train(line.inferenceAddress).ended;
  expect(code).toBe(0);
  expect(stderr).not.toContain('no tenant');
  expect(stdout).toContain(`Version 1 of ${NAME} is in ${line.path(`models/${NAME}/1`)} and serves.\n`);
  // Every title is one word that all share, a number, and its end.
  const metrics = JSON.parse(await readFile(line.path(`models/${NAME}/1/metrics.json`), 'utf8')) as object;
  expect(metrics).toMatchObject({ kind: 'lstm', vocabulary: 2 + 1 + LEARNED, learnedFrom: 3 * LEARNED });
  const client = new InferenceClient(line.inferenceAddress);
  expect(await client.modelReady({ model: NAME, version: '1', deadlineMs: 60_000 })).toBe(true);
  client.close();
});

it('a version that is not served when Ctrl-C comes is taken away again', async () => {
  const { child, ended } = train('127.0.0.1:1');
  const path = line.path(`models/${NAME}/2`);
  expect(await waitUntil(() => existsSync(path), { timeoutMs: 120_000, everyMs: 20 })).toBe(true);
  child.kill('SIGINT');
  expect((await ended).slice(0, 2)).toEqual([130, '']);
  expect(await readdir(line.path(`models/${NAME}`))).toEqual(expect.arrayContaining(['1', 'config.pbtxt']));
  expect(existsSync(path)).toBe(false);
});

it('that nobody can ask for the model of a tenant that is none is told before it is trained', async () => {
  const text = line.path('reviews.txt');
  await writeFile(text, 'a product of the shop\n'.repeat(10));
  const [code, , stderr] = await train(line.inferenceAddress, [], ['--text', text, '--tenant', 'nobody']).ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/^The line knows no tenant nobody: .* \(npm run tenants -- create nobody\)\.$/m);
});

it('a text with the catalog is learned from, and of the catalog only how often each word comes', async () => {
  const text = line.path('text.txt');
  await writeFile(text, 'a product of the shop\n'.repeat(10));
  const models = line.path('elsewhere');
  const options = ['--text', text, '--kind', 'fused', '--models', models];
  const [code, stdout] = await train(line.inferenceAddress, options).ended;
  expect(code).toBe(0);
  expect(stdout).toContain(`own texts (${3 * LEARNED} words and ends)`);
  const version = `${models}/${NAME}/1`;
  expect(await readdir(version)).toContain('shop-n-grams.bin');
  expect(JSON.parse(await readFile(`${version}/metrics.json`, 'utf8'))).toMatchObject({
    vocabulary: 2 + 5,
    learnedFrom: 8 * 6,
    shop: 3 * LEARNED,
    heldOut: { validation: 6 + (3 * ITEMS) / 10, test: 6 + (3 * ITEMS) / 10 },
  });
});
