import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import { InferenceClient, type InferenceError } from '@offerstream/inference-client';
import {
  loadInferenceProtocol,
  type ModelInferRequest__Output,
  type ModelInferResponse,
} from '@offerstream/inference-client/protocol';
import { fold, Profile } from '@offerstream/profile';
import { Ranker, waitingHeals, type RankOutcome } from './ranker.js';

const MODEL = 'demo.collaborative';
const hashOf = (name: string): bigint => itemHash('demo' as TenantId, name as ItemId);

type Answer<Response> = Response | { readonly code: status } | 'never';

const opened: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

const reply = <Response extends object>(answer: Answer<Response>, done: sendUnaryData<Response>): void => {
  if (answer === 'never') return;
  if ('code' in answer) done({ code: answer.code, details: 'planted' });
  else done(null, answer);
};

const items = BigInt64Array.of(hashOf('shoe'), 0n);
const good: ModelInferResponse = {
  modelName: MODEL,
  modelVersion: '3',
  outputs: [
    { name: 'user_vector', datatype: 'FP32', shape: [1, 0] },
    { name: 'items', datatype: 'INT64', shape: [1, 2] },
    { name: 'scores', datatype: 'FP32', shape: [1, 2] },
  ],
  rawOutputContents: [Buffer.alloc(0), Buffer.from(items.buffer), Buffer.from(Float32Array.of(1, 0).buffer)],
};

const NOTHING = new BigInt64Array(0);
const OTHER = 'demo.other';

/** A gRPC server whose answers for {@link MODEL} in version 3, and for all others, a test changes as it goes. */
const setUp = async () => {
  const says: {
    infer: Answer<ModelInferResponse>;
    others: Answer<ModelInferResponse>;
    ready: Answer<{ ready: boolean }>;
  } = { infer: good, others: good, ready: { ready: true } };
  const asked: ModelInferRequest__Output[] = [];
  /** How long each asker still waited. */
  const leftMs: number[] = [];
  const server = new Server();
  server.addService(loadInferenceProtocol().inference.GRPCInferenceService.service, {
    ModelInfer: (
      call: ServerUnaryCall<ModelInferRequest__Output, ModelInferResponse>,
      done: sendUnaryData<ModelInferResponse>,
    ) => {
      asked.push(call.request);
      leftMs.push(Number(call.getDeadline()) - Date.now());
      const { modelName, modelVersion } = call.request;
      reply(modelName === MODEL && modelVersion === '3' ? says.infer : says.others, done);
    },
    ServerReady: (_: unknown, done: sendUnaryData<{ ready: boolean }>) => {
      reply(says.ready, done);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new InferenceClient(`127.0.0.1:${port}`);
  const outages: InferenceError['code'][] = [];
  const ranker = new Ranker(client, {
    baseDeadlineMs: 5_000,
    rowDeadlineMs: 0,
    onOutage: ({ code }) => outages.push(code),
  });
  opened.push(ranker, client, { close: () => server.forceShutdown() });
  const profile = Profile.empty();
  const rank = ({ model = MODEL, version = '3', blocked = NOTHING } = {}) =>
    ranker.rank({ model, version, profiles: [profile], blocked, patient: false });
  return { says, asked, leftMs, outages, client, ranker, profile, rank };
};

const rankingOf = (outcome: RankOutcome) => ('ranking' in outcome ? outcome.ranking : undefined);
const versionOf = (outcome: RankOutcome) => rankingOf(outcome)?.modelVersion;

const untilAsked = async (asked: readonly unknown[], count: number): Promise<void> => {
  while (asked.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('the ranker', () => {
  it('asks for the named version with each shopper’s history, newest last, and what is blocked', async () => {
    const { asked, profile, rank } = await setUp();
    for (const [offset, name] of ['shoe', 'sock'].entries())
      fold(profile, {
        partition: 0,
        offset,
        fingerprint: offset,
        timeSeconds: 100 + offset * 30,
        interactions: [{ itemHash: hashOf(name), action: 4 }],
      });
    const ranking = rankingOf(await rank({ blocked: BigInt64Array.of(hashOf('hat')) }));
    expect([ranking?.modelVersion, ranking?.items]).toEqual(['3', items]);
    const [request] = asked;
    expect([request?.modelName, request?.modelVersion]).toEqual([MODEL, '3']);
    expect(request?.inputs.map(({ name, shape }) => [name, shape.map(Number)])).toEqual([
      ['history_items', [1, 2]],
      ['history_actions', [1, 2]],
      ['history_ages', [1, 2]],
      ['blocked_items', [1]],
    ]);
    const bytes = (input: number): Buffer => Buffer.from(request?.rawInputContents[input] ?? []);
    expect([bytes(0).readBigInt64LE(0), bytes(0).readBigInt64LE(8)]).toEqual([hashOf('shoe'), hashOf('sock')]);
    expect([bytes(1).readBigInt64LE(8), bytes(2).readFloatLE(0), bytes(2).readFloatLE(4)]).toEqual([4n, 30, 0]);
    expect(bytes(3).readBigInt64LE(0)).toBe(hashOf('hat'));
  });

  it('says what each shopper’s page shows and what must not come back', async () => {
    const { asked, ranker, profile } = await setUp();
    await ranker.rank({
      model: MODEL,
      version: '3',
      profiles: [profile],
      blocked: NOTHING,
      context: { items: BigInt64Array.of(hashOf('shoe')), width: 1 },
      exclude: { items: BigInt64Array.of(hashOf('sock'), 0n), width: 2 },
      patient: false,
    });
    const [request] = asked;
    const sent = request?.inputs.slice(3).map(({ name, shape }, index) => {
      const bytes = Buffer.from(request.rawInputContents[3 + index] ?? []);
      return [name, shape.map(Number), bytes.readBigInt64LE(0)];
    });
    expect(sent).toEqual([
      ['context_items', [1, 1], hashOf('shoe')],
      ['exclude_items', [1, 2], hashOf('sock')],
    ]);
  });

  it.each([
    ['unavailable', status.UNAVAILABLE],
    ['cancelled', status.CANCELLED],
    ['deadline-exceeded', status.DEADLINE_EXCEEDED],
  ])('does not ask again after %s until the model answers a probe', async (code, planted) => {
    const { says, asked, outages, ranker, rank } = await setUp();
    says.infer = { code: planted };
    expect(await rank()).toEqual({ unranked: code });
    expect([outages, asked.length]).toEqual([[code], 1]);
    expect(await Promise.all([rank(), rank()])).toEqual([{ unranked: code }, { unranked: code }]);
    expect([outages, asked.length]).toEqual([[code], 1]);
    await untilAsked(asked, 2);
    expect(await rank()).toEqual({ unranked: code });
    says.infer = good;
    await ranker.back(MODEL, 30_000);
    expect(versionOf(await rank())).toBe('3');
  });

  it.each([
    ['unavailable', status.UNAVAILABLE],
    ['cancelled', status.CANCELLED],
  ])('asks for no model after %s: the server is away', async (code, planted) => {
    const { says, asked, rank } = await setUp();
    says.infer = { code: planted };
    await rank();
    expect(await rank({ model: OTHER })).toEqual({ unranked: code });
    expect(asked).toHaveLength(1);
  });

  it('asks for the other models, and for another version, while a model misses its deadline', async () => {
    const { says, asked, ranker, rank } = await setUp();
    says.infer = { code: status.DEADLINE_EXCEEDED };
    await rank();
    expect(rankingOf(await rank({ model: OTHER }))).toBeDefined();
    expect(rankingOf(await rank({ version: '4' }))).toBeDefined();
    expect(await rank()).toEqual({ unranked: 'deadline-exceeded' });
    says.infer = good;
    await ranker.back(MODEL, 30_000);
    expect(versionOf(await rank())).toBe('3');
    expect(asked.filter(({ modelName }) => modelName === OTHER)).toHaveLength(1);
  });

  it('probes the version that was last found away, and lets go whoever waited for the one before it', async () => {
    const { says, asked, ranker, rank } = await setUp();
    says.infer = { code: status.DEADLINE_EXCEEDED };
    says.others = { code: status.DEADLINE_EXCEEDED };
    await rank();
    const before = ranker.back(MODEL, 30_000);
    await rank({ version: '4' });
    await before;
    const since = asked.findIndex(({ modelVersion }) => modelVersion === '4');
    await untilAsked(asked, since + 3);
    expect(new Set(asked.slice(since).map(({ modelVersion }) => modelVersion))).toEqual(new Set(['4']));
  });

  it('asks for the others again when the server is back and the model that it is probed with hangs', async () => {
    const { says, ranker, rank } = await setUp();
    says.infer = { code: status.UNAVAILABLE };
    await rank();
    says.infer = { code: status.DEADLINE_EXCEEDED };
    await ranker.back(OTHER, 30_000);
    expect(rankingOf(await rank({ model: OTHER }))).toBeDefined();
    expect(await rank()).toEqual({ unranked: 'deadline-exceeded' });
  });

  it('gives one call no longer than its deadline, and probes once for all calls that were under way', async () => {
    const { says, asked, outages, client, profile } = await setUp();
    says.infer = 'never';
    const impatient = new Ranker(client, {
      baseDeadlineMs: 1_000,
      rowDeadlineMs: 1,
      onOutage: ({ code }) => outages.push(code),
    });
    opened.push(impatient);
    const rank = () =>
      impatient.rank({ model: MODEL, version: '3', profiles: [profile], blocked: NOTHING, patient: false });
    expect(await Promise.all([rank(), rank(), rank()])).toEqual(
      ['deadline-exceeded', 'deadline-exceeded', 'deadline-exceeded'].map((unranked) => ({ unranked })),
    );
    expect(outages).toEqual(['deadline-exceeded', 'deadline-exceeded', 'deadline-exceeded']);
    says.infer = good;
    await impatient.back(MODEL, 30_000);
    expect(asked).toHaveLength(4);
  });

  it('gives a model more time for those who wait for its answer anyway', async () => {
    const { client, leftMs, profile } = await setUp();
    const ranker = new Ranker(client, { baseDeadlineMs: 1, rowDeadlineMs: 0, onOutage: () => undefined });
    opened.push(ranker);
    const outcome = await ranker.rank({
      model: MODEL,
      version: '3',
      profiles: [profile],
      blocked: NOTHING,
      patient: true,
    });
    expect(versionOf(outcome)).toBe('3');
    expect(leftMs[0]).toBeGreaterThan(1);
  });

  it('is not taken in by a server that says it is ready while its models hang', async () => {
    const { says, asked, client, profile } = await setUp();
    says.infer = 'never';
    says.ready = { ready: true };
    const ranker = new Ranker(client, { baseDeadlineMs: 50, rowDeadlineMs: 1, onOutage: () => undefined });
    opened.push(ranker);
    const rank = () =>
      ranker.rank({ model: MODEL, version: '3', profiles: [profile], blocked: NOTHING, patient: false });
    await rank();
    await untilAsked(asked, 3);
    expect(await rank()).toEqual({ unranked: 'deadline-exceeded' });
  });

  it('knows that somebody waits for it', async () => {
    const { ranker } = await setUp();
    const waiting = ranker.back(MODEL, 1);
    expect(ranker.isAwaited).toBe(true);
    await waiting;
    expect(ranker.isAwaited).toBe(false);
  });

  it.each([
    ['not-found', status.NOT_FOUND],
    ['invalid', status.INVALID_ARGUMENT],
    ['overloaded', status.RESOURCE_EXHAUSTED],
    ['failed', status.INTERNAL],
  ])('asks again after %s, which says nothing of the next call', async (code, planted) => {
    const { says, outages, rank } = await setUp();
    says.infer = { code: planted };
    expect(await rank()).toEqual({ unranked: code });
    says.infer = good;
    expect(versionOf(await rank())).toBe('3');
    expect(outages).toEqual([code]);
  });

  it('asks each model once at the start; one that does not answer is no obstacle and no outage', async () => {
    const { says, asked, outages, ranker, rank } = await setUp();
    says.infer = { code: status.UNAVAILABLE };
    says.others = { code: status.UNAVAILABLE };
    await ranker.warmUp([
      { name: MODEL, version: '3' },
      { name: OTHER, version: '1' },
    ]);
    expect(asked.map(({ modelName, modelVersion }) => [modelName, modelVersion])).toEqual([
      [MODEL, '3'],
      [OTHER, '1'],
    ]);
    expect(outages).toEqual(['unavailable', 'unavailable']);
    says.infer = good;
    expect(versionOf(await rank())).toBe('3');
  });

  it('stops probing when it is closed, and lets go whoever waits', async () => {
    const { says, ranker, rank } = await setUp();
    says.infer = { code: status.UNAVAILABLE };
    await rank();
    const back = ranker.back(MODEL, 30_000);
    ranker.close();
    await back;
  });
});

describe('what waiting heals', () => {
  it('is an absence and a full queue, not a refusal or a failure', () => {
    const codes = [
      'unavailable',
      'cancelled',
      'deadline-exceeded',
      'overloaded',
      'not-found',
      'invalid',
      'failed',
    ] as const;
    expect(codes.filter(waitingHeals)).toEqual(['unavailable', 'cancelled', 'deadline-exceeded', 'overloaded']);
  });
});
