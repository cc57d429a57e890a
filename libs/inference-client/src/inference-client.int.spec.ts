import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { ExplanationClient } from './explanation-client.js';
import { InferenceClient } from './inference-client.js';
import { loadInferenceProtocol, type ModelInferRequest__Output, type ModelInferResponse } from './protocol/index.js';
import { RetrievalClient } from './retrieval-client.js';

type Answer = (
  request: ModelInferRequest__Output,
) => ModelInferResponse | { code: status; details: string } | undefined;

const opened: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

/** A bare gRPC server on a port; undefined as an answer means that it never comes. */
const serve = async (answer: Answer, port = 0): Promise<{ readonly port: number; stop(): void }> => {
  const server = new Server();
  server.addService(loadInferenceProtocol().inference.GRPCInferenceService.service, {
    ModelInfer: (
      call: ServerUnaryCall<ModelInferRequest__Output, ModelInferResponse>,
      done: sendUnaryData<ModelInferResponse>,
    ) => {
      const result = answer(call.request);
      if (result === undefined) return;
      if ('code' in result) done(result);
      else done(null, result);
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, number) =>
      error === null ? resolve(number) : reject(error),
    );
  });
  const stop = () => server.forceShutdown();
  opened.push({ close: stop });
  return { port: bound, stop };
};

const connect = (port: number): InferenceClient => {
  const client = new InferenceClient(`127.0.0.1:${port}`);
  opened.push(client);
  return client;
};

const echo: Answer = (request) => ({
  modelName: request.modelName,
  modelVersion: '3',
  outputs: request.inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
  rawOutputContents: request.rawInputContents,
});

const x = { datatype: 'FP32', shape: [2], data: Float32Array.of(1.5, -2) } as const;
const ids = { datatype: 'INT64', shape: [1, 2], data: BigInt64Array.of(-1n, 2n ** 62n) } as const;
const deadlineMs = 60_000;

describe('InferenceClient', () => {
  test('sends tensors and receives them with type, shape and values', async () => {
    const client = connect((await serve(echo)).port);
    expect(await client.infer({ model: 'm', inputs: { x, ids }, deadlineMs })).toEqual({
      version: '3',
      outputs: { x, ids },
    });
  });

  test('sends a part of a larger array as what it is', async () => {
    const client = connect((await serve(echo)).port);
    const data = Float32Array.of(0, 1, 2, 3).subarray(1, 3);
    const { outputs } = await client.infer({
      model: 'm',
      inputs: { x: { datatype: 'FP32', shape: [2], data } },
      deadlineMs,
    });
    expect(outputs.x?.data).toEqual(Float32Array.of(1, 2));
  });

  test('reads typed contents of servers that send them', async () => {
    const client = connect(
      (
        await serve(() => ({
          outputs: [{ name: 'y', datatype: 'INT64', shape: [1], contents: { int64Contents: ['9007199254740993'] } }],
        }))
      ).port,
    );
    const { outputs } = await client.infer({ model: 'm', inputs: { x }, deadlineMs });
    expect(outputs.y?.data).toEqual(BigInt64Array.of(9007199254740993n));
  });

  test.each([
    [status.UNAVAILABLE, 'unavailable', true],
    [status.RESOURCE_EXHAUSTED, 'overloaded', true],
    [status.NOT_FOUND, 'not-found', false],
    [status.INVALID_ARGUMENT, 'invalid', false],
    [status.INTERNAL, 'failed', false],
  ])('status %d is the error %s', async (code, expected, canRetry) => {
    const client = connect((await serve(() => ({ code, details: 'because' }))).port);
    const failed = client.infer({ model: 'm', version: '1', inputs: { x }, deadlineMs });
    await expect(failed).rejects.toMatchObject({ code: expected, canRetry });
    await expect(failed).rejects.toThrow(/inference by m version 1 at 127\.0\.0\.1:[0-9]+: because/);
  });

  test('gives up at the deadline', async () => {
    const client = connect((await serve(() => undefined)).port);
    await expect(client.infer({ model: 'm', inputs: { x }, deadlineMs: 50 })).rejects.toMatchObject({
      code: 'deadline-exceeded',
      canRetry: true,
    });
  });

  test('refuses an answer whose bytes do not fit its shape', async () => {
    const client = connect(
      (
        await serve(() => ({
          outputs: [{ name: 'y', datatype: 'FP32', shape: [2] }],
          rawOutputContents: [Buffer.alloc(4)],
        }))
      ).port,
    );
    await expect(client.infer({ model: 'm', inputs: { x }, deadlineMs })).rejects.toMatchObject({ code: 'failed' });
  });

  test('fails at once while the server is away, and answers again when it is back', async () => {
    const first = await serve(echo);
    const client = connect(first.port);
    await client.infer({ model: 'm', inputs: { x }, deadlineMs });
    first.stop();
    // The deadline is far: only a call that does not wait for the server ends in time for this test.
    for (let call = 0; call < 20; call++)
      await expect(client.infer({ model: 'm', inputs: { x }, deadlineMs: 600_000 })).rejects.toMatchObject({
        code: 'unavailable',
      });
    expect(await client.live({ deadlineMs })).toBe(false);
    await serve(echo, first.port);
    let answered = false;
    while (!answered)
      answered = await client.infer({ model: 'm', inputs: { x }, deadlineMs }).then(
        () => true,
        () => false,
      );
  });
});

describe('RetrievalClient', () => {
  const histories = {
    rows: 2,
    length: 3,
    historyItems: BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n),
    historyActions: BigInt64Array.of(0n, 1n, 1n, 5n, 1n, 1n),
    historyAges: Float32Array.of(0, 10, 0, 20, 10, 0),
  };
  const ranked = (itemsType = 'INT64'): ModelInferResponse => ({
    modelVersion: '8',
    outputs: [
      { name: 'user_vector', datatype: 'FP32', shape: [2, 1] },
      { name: 'items', datatype: itemsType, shape: [2, 2] },
      { name: 'scores', datatype: 'FP32', shape: [2, 2] },
    ],
    rawOutputContents: [Float32Array.of(0.5, -0.5), BigInt64Array.of(9n, 8n, 7n, 0n), Float32Array.of(4, 3, 2, 0)].map(
      (array) => Buffer.from(array.buffer),
    ),
  });

  test('sends the signature of a retrieval model and reads its ranking', async () => {
    let seen: ModelInferRequest__Output | undefined;
    const { port } = await serve((request) => {
      seen = request;
      return ranked();
    });
    const ranking = await new RetrievalClient(connect(port)).rank({
      model: 'demo.collaborative',
      version: '8',
      ...histories,
      exclude: { items: BigInt64Array.of(1n, 0n), width: 1 },
      blocked: BigInt64Array.of(5n),
      deadlineMs,
    });
    expect(ranking).toEqual({
      modelVersion: '8',
      dimensions: 1,
      userVectors: Float32Array.of(0.5, -0.5),
      depth: 2,
      items: BigInt64Array.of(9n, 8n, 7n, 0n),
      scores: Float32Array.of(4, 3, 2, 0),
    });
    expect(seen?.inputs.map(({ name, datatype, shape }) => [name, datatype, shape.join()])).toEqual([
      ['history_items', 'INT64', '2,3'],
      ['history_actions', 'INT64', '2,3'],
      ['history_ages', 'FP32', '2,3'],
      ['exclude_items', 'INT64', '2,1'],
      ['blocked_items', 'INT64', '1'],
    ]);
    expect(seen?.rawInputContents[0]).toEqual(Buffer.from(histories.historyItems.buffer));
  });

  test('refuses the answer of a model that is none', async () => {
    const { port } = await serve(() => ranked('UINT64'));
    const failed = new RetrievalClient(connect(port)).rank({ model: 'm', ...histories, deadlineMs });
    await expect(failed).rejects.toMatchObject({ code: 'failed' });
    await expect(failed).rejects.toThrow('its output "items" should be INT64 [2, 2], it is UINT64 [2, 2].');
  });
});

describe('ExplanationClient', () => {
  const withoutContext = {
    model: 'demo.behaviour',
    version: '8',
    rows: 2,
    length: 2,
    historyItems: BigInt64Array.of(0n, 1n, 2n, 3n),
    historyActions: BigInt64Array.of(0n, 1n, 5n, 1n),
    historyAges: Float32Array.of(0, 0, 60, 0),
    items: BigInt64Array.of(6n, 7n, 8n, 0n),
    depth: 2,
    deadlineMs,
  };
  const request = { ...withoutContext, context: { items: BigInt64Array.of(4n, 5n), width: 1 } };
  const contributions = Float32Array.from({ length: 12 }, (_, i) => i / 4);
  const explained = (shape: readonly number[]): ModelInferResponse => ({
    modelVersion: '8',
    outputs: [
      { name: 'contributions', datatype: 'FP32', shape: [...shape] },
      { name: 'bias', datatype: 'FP32', shape: [2, 2] },
    ],
    rawOutputContents: [contributions, Float32Array.of(4, 3, 2, 0)].map((array) => Buffer.from(array.buffer)),
  });

  test('asks the sibling of the same version and reads contributions and bias', async () => {
    let seen: ModelInferRequest__Output | undefined;
    const { port } = await serve((asked) => {
      seen = asked;
      return explained([2, 2, 3]);
    });
    expect(await new ExplanationClient(connect(port)).explain(request)).toEqual({
      contributions,
      width: 3,
      bias: Float32Array.of(4, 3, 2, 0),
    });
    expect([seen?.modelName, seen?.modelVersion]).toEqual(['demo.behaviour-explain', '8']);
    expect(seen?.inputs.map(({ name, datatype, shape }) => [name, datatype, shape.join()])).toEqual([
      ['history_items', 'INT64', '2,2'],
      ['history_actions', 'INT64', '2,2'],
      ['history_ages', 'FP32', '2,2'],
      ['context_items', 'INT64', '2,1'],
      ['items', 'INT64', '2,2'],
    ]);
    expect(seen?.rawInputContents.at(-1)).toEqual(Buffer.from(request.items.buffer));
  });

  test('without context there are as many contributions as interactions', async () => {
    const { port } = await serve(() => ({
      ...explained([2, 2, 2]),
      rawOutputContents: [Buffer.alloc(32), Buffer.alloc(16)],
    }));
    expect(await new ExplanationClient(connect(port)).explain(withoutContext)).toMatchObject({ width: 2 });
  });

  test('refuses the answer of a model that explains nothing', async () => {
    const { port } = await serve(() => explained([2, 3, 2]));
    const failed = new ExplanationClient(connect(port)).explain(request);
    await expect(failed).rejects.toMatchObject({ code: 'failed' });
    await expect(failed).rejects.toThrow(
      'demo.behaviour-explain explains no retrieval model: its output "contributions" should be FP32 [2, 2, 3], it is FP32 [2, 3, 2].',
    );
  });
});
