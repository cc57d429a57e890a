import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, makeClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { InferenceClient, type InferenceTensor } from '@offerstream/inference-client';
import { loadInferenceProtocol } from '@offerstream/inference-client/protocol';
import { Graph, op } from '@offerstream/onnx';
import { FaultPoints, Health, type ServiceApplication } from '@offerstream/service-kit';
import type { service as HealthService } from 'grpc-health-check';
import { Registry } from 'prom-client';
import { readConfig } from './config.js';
import { createInference } from './inference-service.js';

interface RunningServer {
  readonly application: ServiceApplication;
  readonly client: InferenceClient;
  readonly address: string;
  readonly metrics: Registry;
  readonly health: Health;
  readonly log: string[];
}

let models: string;
const running: RunningServer[] = [];

beforeEach(async () => {
  models = await mkdtemp(join(tmpdir(), 'inference-'));
});
afterEach(async () => {
  for (const { client, application } of running.splice(0)) {
    client.close();
    await application.close();
  }
  await rm(models, { recursive: true });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const start = async (): Promise<RunningServer> => {
  const port = await freePort();
  const log: string[] = [];
  const note = (message: unknown) => void log.push(String(message));
  const metrics = new Registry();
  const health = new Health();
  const application = await createInference(
    readConfig({ ADMIN_PORT: '0', GRPC_PORT: String(port), MODELS_DIR: models, WORKERS: '2', PROVIDERS: 'cpu' }),
    {
      logger: { log: note, error: note, warn: note, fatal: note },
      metrics,
      health,
      faults: new FaultPoints(''),
      stopping: new AbortController().signal,
    },
  );
  await application.listen();
  const address = `127.0.0.1:${port}`;
  const server = { application, client: new InferenceClient(address), address, metrics, health, log };
  running.push(server);
  return server;
};

/** answer[b] = version, whatever x is. */
const modelThatNames = (version: number): Buffer => {
  const graph = new Graph(`version-${version}`);
  const x = graph.input('x', 'float32', ['B', 2]);
  const nothing = op.mul(op.reduceSum(x, [1], { keepDims: false }), graph.scalar('float32', 0));
  graph.output('answer', op.add(nothing, graph.scalar('float32', version)));
  return graph.model().toBuffer();
};

/** Writes a version as the trainer does: beside its place, then renamed. */
const publish = async (model: string, version: number, file: Buffer | string): Promise<void> => {
  const draft = join(models, model, `.draft-${version}`);
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, 'model.onnx'), file);
  await rename(draft, join(models, model, String(version)));
};

const x: InferenceTensor = { datatype: 'FP32', shape: [3, 2], data: new Float32Array(6) };
const deadlineMs = 60_000;

const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await condition())) await sleep(20);
};

describe('the inference server', () => {
  test('answers with the version that was asked for, else with the highest', async () => {
    for (const version of [2, 10, 9]) await publish('demo', version, modelThatNames(version));
    const { client } = await start();
    const ask = async (version?: string) => {
      const { version: named, outputs } = await client.infer({
        model: 'demo',
        ...(version === undefined ? {} : { version }),
        inputs: { x },
        deadlineMs,
      });
      return [named, outputs.answer];
    };
    const answer = (value: number) => ({ datatype: 'FP32', shape: [3], data: Float32Array.of(value, value, value) });
    expect(await ask('2')).toEqual(['2', answer(2)]);
    expect(await ask()).toEqual(['10', answer(10)]);
  });

  test('describes itself and its models', async () => {
    await publish('demo', 1, modelThatNames(1));
    const { client } = await start();
    expect(await client.live({ deadlineMs })).toBe(true);
    expect(await client.ready({ deadlineMs })).toBe(true);
    expect(await client.modelReady({ model: 'demo', version: '1', deadlineMs })).toBe(true);
    expect(await client.modelReady({ model: 'demo', version: '2', deadlineMs })).toBe(false);
    expect(await client.metadata({ model: 'demo', deadlineMs })).toEqual({
      name: 'demo',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'answer', datatype: 'FP32', shape: [-1] }],
    });
  });

  test('takes typed contents from clients that send them, and returns the request id', async () => {
    await publish('demo', 7, modelThatNames(7));
    const { address } = await start();
    const raw = new (loadInferenceProtocol().inference.GRPCInferenceService)(address, credentials.createInsecure());
    const response = await new Promise<unknown>((resolve, reject) => {
      raw.modelInfer(
        {
          modelName: 'demo',
          id: 'mine',
          inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], contents: { fp32Contents: [1, 2] } }],
        },
        (error, answer) => (error === null ? resolve(answer) : reject(error)),
      );
    });
    raw.close();
    expect(response).toMatchObject({
      modelName: 'demo',
      modelVersion: '7',
      id: 'mine',
      rawOutputContents: [Buffer.from(Float32Array.of(7).buffer)],
    });
  });

  test.each([
    ['a model that is not there', { model: 'other', inputs: { x } }, 'not-found', 'ready are demo'],
    ['a version that is not there', { model: 'demo', version: '3', inputs: { x } }, 'not-found', 'ready are 1, 2'],
    ['a missing input', { model: 'demo', inputs: {} }, 'invalid', 'Input "x" (float32 [B, 2]) is missing.'],
    [
      'a wrong type',
      { model: 'demo', inputs: { x: { datatype: 'FP64', shape: [3, 2], data: new Float64Array(6) } as const } },
      'invalid',
      'Input "x" must be float32 [B, 2], float64 came.',
    ],
    [
      'a wrong shape',
      { model: 'demo', inputs: { x: { datatype: 'FP32', shape: [6], data: new Float32Array(6) } as const } },
      'invalid',
      'Input "x" must be float32 [B, 2], [6] came.',
    ],
    [
      'too few bytes',
      { model: 'demo', inputs: { x: { datatype: 'FP32', shape: [3, 2], data: new Float32Array(5) } as const } },
      'invalid',
      'Input "x" of float32 [3, 2] needs 24 bytes, 20 came.',
    ],
    [
      'an unknown output',
      { model: 'demo', inputs: { x }, outputs: ['scores'] },
      'invalid',
      'There is no output "scores"',
    ],
  ])('refuses %s and says which', async (_, request, code, message) => {
    await publish('demo', 1, modelThatNames(1));
    await publish('demo', 2, modelThatNames(2));
    const { client } = await start();
    const refused = client.infer({ ...request, deadlineMs });
    await expect(refused).rejects.toMatchObject({ code, canRetry: false });
    await expect(refused).rejects.toThrow(message);
  });

  test('ten versions renamed into place under load: no error, and each answer is that of the version it names', async () => {
    await publish('demo', 1, modelThatNames(1));
    const { client } = await start();
    let loading = true;
    const seen = new Set<string>();
    let answers = 0;
    const load = Array.from({ length: 8 }, async () => {
      while (loading) {
        const { version, outputs } = await client.infer({ model: 'demo', inputs: { x }, deadlineMs });
        expect([...(outputs.answer?.data ?? [])]).toEqual([Number(version), Number(version), Number(version)]);
        seen.add(version);
        answers++;
      }
    });
    for (let version = 2; version <= 11; version++) {
      await publish('demo', version, modelThatNames(version));
      await until(() => seen.has(String(version)));
      if (version > 2) await rm(join(models, 'demo', String(version - 2)), { recursive: true });
    }
    await until(() => client.modelReady({ model: 'demo', version: '9', deadlineMs }).then((ready) => !ready));
    loading = false;
    await Promise.all(load);
    expect([...seen]).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
    expect(answers).toBeGreaterThan(11);
  });

  test('a broken file is reported and does not touch the others; a whole one in its place is served', async () => {
    await publish('demo', 1, modelThatNames(1));
    await publish('demo', 2, 'no model');
    const { client, log, metrics, health } = await start();
    expect(await client.modelReady({ model: 'demo', version: '2', deadlineMs })).toBe(false);
    expect((await client.infer({ model: 'demo', inputs: { x }, deadlineMs })).version).toBe('1');
    await expect(client.infer({ model: 'demo', version: '2', inputs: { x }, deadlineMs })).rejects.toThrow(
      'has no version 2 ready (The file is cut short or is not an ONNX model.); ready are 1.',
    );
    expect(log.filter((line) => line.includes("demo version 2 can't be served"))).toHaveLength(1);
    expect(await metrics.metrics()).toContain('inference_load_failures_total{model="demo"} 1');
    expect(health.ready().checks.models).toMatchObject({ ok: true });

    await writeFile(join(models, 'demo', '2', 'model.onnx'), modelThatNames(2));
    await until(() => client.modelReady({ model: 'demo', version: '2', deadlineMs }));
    expect((await client.infer({ model: 'demo', inputs: { x }, deadlineMs })).version).toBe('2');
  });

  test('counts requests, rows and loaded versions', async () => {
    await publish('demo', 1, modelThatNames(1));
    const { client, metrics } = await start();
    await client.infer({ model: 'demo', inputs: { x }, deadlineMs });
    await client.infer({ model: 'demo', inputs: {}, deadlineMs }).catch(() => undefined);
    await client.infer({ model: 'made-up', inputs: {}, deadlineMs }).catch(() => undefined);
    const text = await metrics.metrics();
    expect(text).toContain('inference_requests_total{model="demo",version="1",outcome="ok"} 1');
    expect(text).toContain('inference_requests_total{model="demo",version="1",outcome="input-invalid"} 1');
    expect(text).toContain('inference_requests_total{model="",version="",outcome="not-found"} 1');
    expect(text).toContain('inference_rows_total{model="demo",version="1"} 3');
    expect(text).toContain('inference_request_seconds_count{model="demo",version="1"} 1');
    expect(text).toContain('inference_loaded_versions{model="demo",version="1",provider="cpu"} 1');
    expect(text).toContain('inference_queue_depth 0');
  });

  test('a full batch fits into a message both ways', async () => {
    const graph = new Graph('wide');
    const history = graph.input('history_items', 'int64', ['B', 50]);
    graph.output('items', op.add(history, graph.scalar('int64', 1)));
    await publish('wide', 1, graph.model().toBuffer());
    const { client } = await start();
    const rows = 32 * 1_024;
    const data = BigInt64Array.from({ length: rows * 50 }, (_, i) => BigInt(i));
    const { outputs } = await client.infer({
      model: 'wide',
      inputs: { history_items: { datatype: 'INT64', shape: [rows, 50], data } },
      deadlineMs,
    });
    expect(outputs.items?.shape).toEqual([rows, 50]);
    expect(outputs.items?.data.every((value, i) => value === BigInt(i + 1))).toBe(true);
  });

  test('says SERVING by the health protocol', async () => {
    const { address } = await start();
    const { service } = createRequire(import.meta.url)('grpc-health-check') as { service: typeof HealthService };
    const health = new (makeClientConstructor(service, 'Health'))(address, credentials.createInsecure());
    const check = (
      health.check as (request: object, done: (error: ServiceError | null, answer: unknown) => void) => void
    ).bind(health);
    const answer = await new Promise((resolve, reject) =>
      check({ service: 'inference.GRPCInferenceService' }, (error, result) =>
        error === null ? resolve(result) : reject(error),
      ),
    );
    health.close();
    expect(answer).toEqual({ status: 'SERVING' });
  });

  test('finishes what it has taken when it stops', async () => {
    await publish('demo', 1, modelThatNames(1));
    const server = await start();
    running.pop();
    const answers = Promise.all(
      Array.from({ length: 50 }, () => server.client.infer({ model: 'demo', inputs: { x }, deadlineMs })),
    );
    await until(async () => (await server.metrics.metrics()).includes('outcome="ok"'));
    await server.application.close();
    expect(await answers).toHaveLength(50);
    await expect(server.client.infer({ model: 'demo', inputs: { x }, deadlineMs })).rejects.toMatchObject({
      code: 'unavailable',
      canRetry: true,
    });
    server.client.close();
  });
});
