import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionPool } from './session-pool.js';
import type { TensorBytes } from './tensor-bytes.js';
import { tinyGraph } from './tiny-graph.js';

let folder: string;
const pools: SessionPool[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'session-pool-'));
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});
afterAll(() => rm(folder, { recursive: true }));

const startPool = ({
  workers = 2,
  maxQueued = 100,
  onWorkerLost = (reason: Error): void => {
    throw reason;
  },
} = {}): SessionPool => {
  const pool = new SessionPool({ workers, maxQueued, providers: ['cuda', 'cpu'], onWorkerLost });
  pools.push(pool);
  return pool;
};

/** y = x + constant. */
const adding = async (constant: number): Promise<string> => {
  const model = tinyGraph({
    inputs: { x: ['B'] },
    outputs: { y: ['B'] },
    constants: { c: [constant] },
    nodes: [{ operator: 'Add', inputs: ['x', 'c'], output: 'y' }],
  });
  const path = join(folder, `model-${files++}.onnx`);
  await writeFile(path, model);
  return path;
};
let files = 0;

/** y = x, by so many steps that loading takes long. */
const slowToLoad = async (): Promise<string> => {
  const steps = 3_000;
  const name = (step: number) => (step === 0 ? 'x' : step === steps ? 'y' : `step-${step}`);
  const model = tinyGraph({
    inputs: { x: ['B'] },
    outputs: { y: ['B'] },
    nodes: Array.from({ length: steps }, (_, step) => ({
      operator: 'Neg',
      inputs: [name(step)],
      output: name(step + 1),
    })),
  });
  const path = join(folder, `model-${files++}.onnx`);
  await writeFile(path, model);
  return path;
};

const numbers = (...values: number[]): TensorBytes => ({
  dtype: 'float32',
  dims: [values.length],
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

describe('SessionPool', () => {
  test('answers each of many runs at once with the answer to its own input', async () => {
    const model = await startPool().load(await adding(1));
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => (await model.run({ x: numbers(i) })).y?.data[0]),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  test.each([1, 2])('%i at a time, runs are answered while a model loads', async (workers) => {
    const pool = startPool({ workers });
    const model = await pool.load(await adding(1));
    const state = { loaded: false };
    const loading = pool.load(await slowToLoad()).finally(() => (state.loaded = true));
    let answered = 0;
    while (!state.loaded) {
      const runs = Array.from({ length: 2 * workers }, () => model.run({ x: numbers(1) }));
      await Promise.all(runs);
      answered += runs.length;
    }
    const slow = await loading;
    expect((await slow.run({ x: numbers(1) })).y?.data[0]).toBe(1);
    // Runs that wait for a load come back with it, two a worker.
    expect(answered).toBeGreaterThan(50);
  });

  test('takes bytes at any offset and leaves them with the caller', async () => {
    const model = await startPool().load(await adding(0));
    const message = Buffer.concat([Buffer.from('odd'), Buffer.from(Float32Array.of(1.5, -2).buffer)]);
    const x: TensorBytes = { dtype: 'float32', dims: [2], bytes: message.subarray(3) };
    expect((await model.run({ x })).y?.data).toEqual(Float32Array.of(1.5, -2));
    expect(message.byteLength).toBe(11);
  });

  test('serves several models side by side, and unloading one finishes what it had accepted', async () => {
    const pool = startPool();
    const [one, ten] = [await pool.load(await adding(1)), await pool.load(await adding(10))];
    const accepted = Array.from({ length: 20 }, (_, i) => one.run({ x: numbers(i) }));
    const unloaded = one.unload();
    await expect(one.run({ x: numbers(0) })).rejects.toMatchObject({ code: 'closed' });
    expect((await Promise.all(accepted)).map((outputs) => outputs.y?.data[0])).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    await unloaded;
    expect((await ten.run({ x: numbers(1) })).y?.data[0]).toBe(11);
  });

  test('refuses with queue-full what does not fit into the queue, and finishes the rest', async () => {
    const pool = startPool({ maxQueued: 3 });
    const model = await pool.load(await adding(1));
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => model.run({ x: numbers(1) })));
    const refused = results.filter((result) => result.status === 'rejected');
    // Two workers with two runs each, and three that wait.
    expect(refused).toHaveLength(20 - 7);
    expect(refused[0]?.reason).toMatchObject({ code: 'queue-full', canRetry: true });
  });

  test('drops a waiting run whose caller has left', async () => {
    const model = await startPool().load(await adding(1));
    const left = new AbortController();
    const running = Array.from({ length: 4 }, () => model.run({ x: numbers(1) }));
    const waiting = model.run({ x: numbers(1) }, { signal: left.signal });
    left.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await Promise.all(running);
  });

  test('refuses a wrong input before it reaches a worker', async () => {
    const model = await startPool().load(await adding(1));
    await expect(model.run({})).rejects.toMatchObject({
      code: 'input-invalid',
      message: 'Input "x" (float32 [B]) is missing.',
    });
    await expect(model.run({ x: numbers(1) }, { outputs: ['z'] })).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test('reports which providers were tried for a model', async () => {
    const model = await startPool().load(await adding(1));
    expect(model.providerReport.provider).toBe('cpu');
    expect(model.providerReport.attempts.map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ['cuda', 'unavailable'],
      ['cpu', 'chosen'],
    ]);
  });

  test('a file that can not be loaded is an error of its own and the others go on', async () => {
    const pool = startPool();
    const model = await pool.load(await adding(1));
    const broken = join(folder, 'broken.onnx');
    await writeFile(broken, 'no model');
    await expect(pool.load(broken)).rejects.toMatchObject({ code: 'model-unusable' });
    expect((await model.run({ x: numbers(1) })).y?.data[0]).toBe(2);
  });

  test('a bug in a worker is handed to the owner with its reason, and whoever waits for it learns', async () => {
    const lost: Error[] = [];
    const pool = startPool({ onWorkerLost: (reason) => lost.push(reason) });
    await expect(pool.load(null as unknown as string)).rejects.toMatchObject({ code: 'closed' });
    expect(lost.map(String)).toEqual([expect.stringContaining('TypeError')]);
  });

  test('closing finishes what was accepted', async () => {
    const pool = startPool();
    const model = await pool.load(await adding(1));
    const accepted = Array.from({ length: 20 }, () => model.run({ x: numbers(1) }));
    await pool.close();
    expect((await Promise.all(accepted)).every((outputs) => outputs.y?.data[0] === 2)).toBe(true);
    await expect(model.run({ x: numbers(1) })).rejects.toMatchObject({ code: 'closed' });
  });
});
