import { jest } from '@jest/globals';
import { ACTION, itemHash, type TenantId } from '@offerstream/contracts';
import type { InferenceErrorCode } from '@offerstream/inference-client';
import { Profile } from '@offerstream/profile';
import type { RankOutcome, RankRequest } from '@offerstream/ranking';
import { DEMO, item, MODEL } from '../shop.fixture.js';
import { GatheredRanker, type Lane, type RowOutcome, type RowRequest } from './gathered-ranker.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const hash = (name: string): bigint => itemHash(DEMO, item(name));
const NONE = new BigInt64Array(0);

const lane = (over: Partial<Lane> = {}): Lane => ({
  tenant: DEMO,
  model: { name: MODEL, version: '3' },
  restriction: '',
  blocked: () => NONE,
  ...over,
});

const profileOf = (...views: readonly string[]): Profile => {
  const profile = Profile.empty();
  for (const [index, name] of views.entries())
    profile.add({ itemHash: hash(name), action: ACTION.view, timeSeconds: 100 + index });
  return profile;
};

const request = (over: Partial<RowRequest> = {}): RowRequest => ({
  profile: profileOf(),
  context: [],
  exclude: [],
  ...over,
});

/** The ranker's calls, which a test answers one by one: row r gets r as its score. */
const setUp = () => {
  const calls: { readonly asked: RankRequest; answer(): Promise<void>; refuse(): Promise<void> }[] = [];
  const sizes: number[] = [];
  const settle = () => jest.advanceTimersByTimeAsync(0);
  const state: { away?: InferenceErrorCode } = {};
  const ranker = new GatheredRanker(
    {
      awayWith: () => state.away,
      rank: (asked) => {
        const { promise, resolve } = Promise.withResolvers<RankOutcome>();
        calls.push({
          asked,
          answer: () => {
            const rows = asked.profiles.length;
            resolve({
              ranking: {
                modelVersion: asked.version,
                dimensions: 0,
                userVectors: new Float32Array(0),
                depth: 1,
                items: new BigInt64Array(rows).fill(hash('shoe')),
                scores: Float32Array.from({ length: rows }, (_, row) => row),
              },
            });
            return settle();
          },
          refuse: () => {
            resolve({ unranked: 'unavailable' });
            return settle();
          },
        });
        return promise;
      },
    },
    (rows) => sizes.push(rows),
  );
  return { ranker, calls, sizes, state };
};

const scoreOf = (outcome: RowOutcome): number | string | undefined =>
  'row' in outcome ? outcome.row.ranking.scores[outcome.row.row] : outcome.unranked;

describe('the gathered ranker', () => {
  it('asks at once while its lane is idle, and gathers what comes meanwhile, each with its own row', async () => {
    const { ranker, calls, sizes } = setUp();
    const outcomes = Promise.all([1, 2, 3].map(() => ranker.rank(lane(), request())));
    expect(calls).toHaveLength(1);
    await calls[0]?.answer();
    await calls[1]?.answer();
    expect((await outcomes).map(scoreOf)).toEqual([0, 0, 1]);
    expect(sizes).toEqual([1, 2]);
  });

  it('sends 16 rows at the most, and lets none wait longer than 2 ms', async () => {
    const { ranker, sizes } = setUp();
    for (let index = 0; index < 20; index++) void ranker.rank(lane(), request());
    expect(sizes).toEqual([1, 16]);
    await jest.advanceTimersByTimeAsync(2);
    expect(sizes).toEqual([1, 16, 3]);
  });

  it('pads histories on the left, context and exclusions on the right, to the longest of the call', async () => {
    const { ranker, calls } = setUp();
    void ranker.rank(lane(), request());
    void ranker.rank(lane(), request({ context: [hash('a'), hash('b')], exclude: [hash('x')] }));
    void ranker.rank(lane(), request({ context: [hash('c')] }));
    await calls[0]?.answer();
    expect([calls[0]?.asked.context, calls[0]?.asked.exclude]).toEqual([undefined, undefined]);
    expect(calls[1]?.asked).toMatchObject({
      context: { width: 2, items: BigInt64Array.of(hash('a'), hash('b'), hash('c'), 0n) },
      exclude: { width: 1, items: BigInt64Array.of(hash('x'), 0n) },
    });
  });

  it('keeps tenants, models, versions and restrictions apart', () => {
    const { ranker, calls } = setUp();
    const lanes = [
      lane(),
      lane({ tenant: 'other' as TenantId }),
      lane({ model: { name: 'demo.content', version: '3' } }),
      lane({ model: { name: MODEL, version: '4' } }),
      lane({ restriction: 'shoes' }),
    ];
    for (const each of lanes) void ranker.rank(each, request());
    expect(calls.map(({ asked }) => `${asked.model} ${asked.version}`)).toEqual([
      'demo.behaviour 3',
      'demo.behaviour 3',
      'demo.content 3',
      'demo.behaviour 4',
      'demo.behaviour 3',
    ]);
  });

  it('blocks what is unavailable when the call goes, not when the first request of it came', async () => {
    const { ranker, calls } = setUp();
    let blocked = BigInt64Array.of(hash('a'));
    const changing = lane({ blocked: () => blocked });
    void ranker.rank(changing, request());
    void ranker.rank(changing, request());
    blocked = BigInt64Array.of(hash('a'), hash('b'));
    await calls[0]?.answer();
    expect(calls.map(({ asked }) => asked.blocked.length)).toEqual([1, 2]);
  });

  it('blocks what the last request of a lane has blocked, however long ago its first was', async () => {
    const { ranker, calls } = setUp();
    for (const name of ['a', 'b', 'c'])
      void ranker.rank(lane({ blocked: () => BigInt64Array.of(hash(name)) }), request());
    await calls[0]?.answer();
    expect(calls.map(({ asked }) => asked.blocked)).toEqual([BigInt64Array.of(hash('a')), BigInt64Array.of(hash('c'))]);
  });

  it('makes no call of a model that is away, and looks up nothing for it', async () => {
    const { ranker, calls, sizes, state } = setUp();
    state.away = 'deadline-exceeded';
    const blocked = jest.fn(() => NONE);
    expect(scoreOf(await ranker.rank(lane({ blocked }), request()))).toBe('deadline-exceeded');
    expect([calls, sizes]).toEqual([[], []]);
    expect(blocked).not.toHaveBeenCalled();
  });

  it('tells the requests of a call that was refused, and no others', async () => {
    const { ranker, calls } = setUp();
    const outcomes = Promise.all([1, 2, 3].map(() => ranker.rank(lane(), request())));
    await calls[0]?.answer();
    await calls[1]?.refuse();
    expect((await outcomes).map(scoreOf)).toEqual([0, 'unavailable', 'unavailable']);
  });
});
