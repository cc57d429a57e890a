import { jest } from '@jest/globals';
import type { TenantId } from '@offerstream/contracts';
import { grantLease } from './grant-lease.js';
import {
  ALIVE_MS,
  ASK_AGAIN_MS,
  QuotaLeases,
  type LeaseGrant,
  type LeaseRequest,
  type LeaseReturn,
  type QuotaLessor,
  type Taken,
} from './quota-leases.js';

const SHOP = 'shop' as TenantId;
const OTHER = 'other' as TenantId;
const WAIT_MS = 250;

/** A lessor of one limit for each tenant and month, which is away or slow on request. */
class Lessor implements QuotaLessor {
  readonly calls: (readonly LeaseRequest[])[] = [];
  readonly returned: LeaseReturn[] = [];
  readonly used = new Map<string, number>();
  isAway = false;
  answer: Promise<unknown> = Promise.resolve();

  constructor(public limit: number) {}

  async lease(requests: readonly LeaseRequest[]): Promise<readonly LeaseGrant[]> {
    this.calls.push(requests);
    await this.answer;
    if (this.isAway) throw new Error('away');
    return requests.map((request) => {
      const key = `${request.tenant} ${request.month}`;
      const quota = { limit: this.limit, used: this.used.get(key) ?? 0 };
      const grant = grantLease(quota, { granted: 0, unleased: 0 }, request, 1);
      this.used.set(key, grant.used);
      return grant;
    });
  }

  giveBack(returns: readonly LeaseReturn[]): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('away'));
    this.returned.push(...returns);
    return Promise.resolve();
  }
}

let clock: { nowMs: number };
let lessor: Lessor;
let failures: unknown[];
const open = (limit: number): QuotaLeases => {
  clock = { nowMs: Date.parse('2026-03-31T23:59:00.000Z') };
  lessor = new Lessor(limit);
  failures = [];
  return new QuotaLeases({
    lessor,
    nowMs: () => clock.nowMs,
    waitMs: WAIT_MS,
    onLessorFailed: (error) => failures.push(error),
  });
};

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const settle = () => jest.advanceTimersByTimeAsync(0);
const pass = async (milliseconds: number): Promise<void> => {
  clock.nowMs += milliseconds;
  await jest.advanceTimersByTimeAsync(milliseconds);
};
/** Takes one unit each, all in the same moment. */
const takeAtOnce = (leases: QuotaLeases, times: number) =>
  Array.from({ length: times }, () => leases.take(SHOP, 'offers'));
const answers = (taken: readonly (Taken | Promise<Taken>)[]): Promise<Taken[]> =>
  Promise.all(taken.map((each) => Promise.resolve(each)));
const count = (taken: readonly Taken[], what: Taken): number => taken.filter((each) => each === what).length;

it('the first requests wait for one lease, all others are answered at once', async () => {
  const leases = open(100_000);
  expect(await answers(takeAtOnce(leases, 3))).toEqual(['granted', 'granted', 'granted']);
  expect(lessor.calls).toHaveLength(1);
  expect(leases.take(SHOP, 'offers')).toBe('granted');
});

it('asks for the next lease while half of the last is left, so that nobody waits', async () => {
  const leases = open(100_000);
  await leases.take(SHOP, 'offers');
  for (let taken = 1; taken < 20_000; taken++) {
    expect(leases.take(SHOP, 'offers')).toBe('granted');
    if (taken % 100 === 0) await settle();
  }
  expect(lessor.calls.length).toBeGreaterThan(20);
  for (const [{ held } = { held: -1 }] of lessor.calls.slice(1)) expect(held).toBeGreaterThan(0);
});

it('a unit that is put back goes to who takes next, also of a quota that is used up', async () => {
  const leases = open(1);
  expect(await leases.take(SHOP, 'offers')).toBe('granted');
  expect(leases.take(SHOP, 'offers')).toBe('used-up');
  leases.putBack(SHOP, 'offers', clock.nowMs);
  expect(leases.remaining(SHOP, 'offers')).toBe(1);
  expect(leases.take(SHOP, 'offers')).toBe('granted');
  expect(leases.take(SHOP, 'offers')).toBe('used-up');
  leases.putBack(SHOP, 'offers', clock.nowMs);
  await leases.close();
  expect(lessor.returned).toMatchObject([{ meter: 'offers', spent: 0 }]);
});

it('a unit that is put back goes to who waits', async () => {
  const leases = open(100_000);
  await leases.take(SHOP, 'offers');
  lessor.answer = new Promise(() => undefined);
  let waiting = leases.take(SHOP, 'offers');
  while (waiting === 'granted') waiting = leases.take(SHOP, 'offers');
  let taken: Taken | undefined;
  void Promise.resolve(waiting).then((answer) => (taken = answer));
  leases.putBack(SHOP, 'offers', clock.nowMs);
  await settle();
  expect(taken).toBe('granted');
});

it('a unit of the old month, or put back after the end, is not given again', async () => {
  const leases = open(1);
  const takenAtMs = clock.nowMs;
  await leases.take(SHOP, 'offers');
  await pass(60_000);
  leases.putBack(SHOP, 'offers', takenAtMs);
  expect(leases.remaining(SHOP, 'offers')).toBeUndefined();
  expect(await leases.take(SHOP, 'offers')).toBe('granted');
  leases.putBack(SHOP, 'offers', takenAtMs);
  expect(leases.remaining(SHOP, 'offers')).toBe(0);
  await leases.close();
  leases.putBack(SHOP, 'offers', clock.nowMs);
  expect(leases.take(SHOP, 'offers')).not.toBe('granted');
});

it('grants exactly the limit, then says used-up without asking at each request', async () => {
  const leases = open(1_000);
  const taken: Taken[] = [];
  for (let times = 0; times < 3_000; times++) taken.push(await leases.take(SHOP, 'offers'));
  expect(count(taken, 'granted')).toBe(1_000);
  expect(count(taken, 'used-up')).toBe(2_000);
  const asked = lessor.calls.length;
  expect(takeAtOnce(leases, 500)).toEqual(Array(500).fill('used-up'));
  expect(lessor.calls).toHaveLength(asked);
});

it('sees a raised limit within a second of the next request', async () => {
  const leases = open(10);
  await answers(takeAtOnce(leases, 10));
  expect(await leases.take(SHOP, 'offers')).toBe('used-up');
  lessor.limit = 20;
  await pass(ASK_AGAIN_MS);
  expect(leases.take(SHOP, 'offers')).toBe('used-up');
  await settle();
  expect(leases.take(SHOP, 'offers')).toBe('granted');
});

it('a request for many units gets them when there are so many, else none, and smaller ones still can', async () => {
  const leases = open(1_000);
  expect(await leases.take(SHOP, 'tokens', 700)).toBe('granted');
  expect(await leases.take(SHOP, 'tokens', 400)).toBe('used-up');
  expect(await leases.take(SHOP, 'tokens', 300)).toBe('granted');
  expect(await leases.take(SHOP, 'tokens', 1)).toBe('used-up');
});

it('all that is due goes in one call, and one call is under way at a time', async () => {
  const leases = open(100_000);
  const gate = Promise.withResolvers<undefined>();
  lessor.answer = gate.promise;
  const taken = [leases.take(SHOP, 'offers'), leases.take(OTHER, 'offers'), leases.take(SHOP, 'explanations')];
  await settle();
  taken.push(leases.take(OTHER, 'explanations'), leases.take(SHOP, 'offers'));
  await settle();
  expect(lessor.calls.map((requests) => requests.length)).toEqual([3]);
  gate.resolve(undefined);
  expect(await answers(taken)).toEqual(Array(5).fill('granted'));
  expect(lessor.calls.map((requests) => requests.length)).toEqual([3, 1]);
});

it('what runs out during a call that brings nothing is asked for again', async () => {
  const leases = open(1_000);
  await leases.take(SHOP, 'offers');
  for (let left = 9; left > 5; left--) void leases.take(SHOP, 'offers');
  const gate = Promise.withResolvers<undefined>();
  lessor.answer = gate.promise;
  // A lease of 10, of which 5 are left, is asked for; by then a lease has 5, since the others took most of the rest.
  lessor.used.set('shop 2026-03', 980);
  await settle();
  const taken = takeAtOnce(leases, 8);
  gate.resolve(undefined);
  expect(await answers(taken)).toEqual(Array(8).fill('granted'));
});

it('who waits for units that the lessor has and does not give is told unknown, and it is not asked again and again', async () => {
  const leases = open(100);
  lessor.lease = async (requests) => {
    lessor.calls.push(requests);
    await new Promise((resolve) => setTimeout(resolve, 1));
    return requests.map(() => ({ units: 0, remaining: 100 }));
  };
  const waiting = leases.take(SHOP, 'offers');
  await pass(10);
  expect(lessor.calls).toHaveLength(1);
  expect(await waiting).toBe('unknown');
});

it('while the lessor is away: what is held is spent, then the answer is unknown, at once', async () => {
  const leases = open(100);
  await leases.take(SHOP, 'offers');
  expect(leases.remaining(SHOP, 'offers')).toBe(99);
  lessor.isAway = true;
  expect(await leases.take(SHOP, 'offers')).toBe('unknown');
  expect(leases.isLessorAway).toBe(true);
  expect(leases.take(SHOP, 'offers')).toBe('unknown');
  expect(failures).toHaveLength(1);
  await pass(3 * ASK_AGAIN_MS);
  expect(failures).toHaveLength(4);
  lessor.isAway = false;
  await pass(ASK_AGAIN_MS);
  expect(leases.take(SHOP, 'offers')).toBe('granted');
  expect(leases.isLessorAway).toBe(false);
});

it('a lessor that does not answer holds nobody up for longer than the wait, and the next ones not at all', async () => {
  const leases = open(100);
  const gate = Promise.withResolvers<undefined>();
  lessor.answer = gate.promise;
  const waiting = leases.take(SHOP, 'offers');
  await pass(WAIT_MS - 1);
  expect(leases.isLessorAway).toBe(false);
  await pass(1);
  expect(await waiting).toBe('unknown');
  expect(leases.take(SHOP, 'offers')).toBe('unknown');
  gate.resolve(undefined);
  await settle();
  expect(leases.take(SHOP, 'offers')).toBe('granted');
});

it('what was served without a lease is told once the lessor answers, without another request', async () => {
  const leases = open(100);
  lessor.isAway = true;
  expect(await leases.take(SHOP, 'offers')).toBe('unknown');
  for (let served = 0; served < 7; served++) leases.countUnleased(SHOP, 'offers');
  lessor.isAway = false;
  await pass(ASK_AGAIN_MS);
  expect(lessor.calls.at(-1)).toMatchObject([{ tenant: SHOP, unleased: 7 }]);
});

it('what is served without a lease during a call is told with the next', async () => {
  const leases = open(100_000);
  const gate = Promise.withResolvers<undefined>();
  lessor.answer = gate.promise;
  void leases.take(SHOP, 'offers');
  await settle();
  leases.countUnleased(SHOP, 'offers', 3);
  gate.resolve(undefined);
  await settle();
  expect(lessor.calls.map(([request]) => request?.unleased)).toEqual([0, 3]);
});

it('a new month has a quota of its own; who still waits for the old one gets an answer', async () => {
  const leases = open(1_000);
  await answers(takeAtOnce(leases, 3));
  const gate = Promise.withResolvers<undefined>();
  lessor.answer = gate.promise;
  const other = leases.take(OTHER, 'offers');
  await settle();
  clock.nowMs = Date.parse('2026-04-01T00:00:00.000Z');
  const next = leases.take(SHOP, 'offers');
  gate.resolve(undefined);
  expect(await answers([other, next])).toEqual(['granted', 'granted']);
  expect(Object.fromEntries(lessor.used)).toEqual({ 'shop 2026-03': 10, 'other 2026-03': 10, 'shop 2026-04': 10 });
});

it('says that it is alive when nothing is asked for', async () => {
  const leases = open(10);
  leases.start();
  await pass(2 * ALIVE_MS);
  expect(lessor.calls).toEqual([[], [], []]);
  await leases.close();
  await pass(2 * ALIVE_MS);
  expect(lessor.calls).toHaveLength(3);
});

it('gives back what it has not spent, and nothing can be taken after that', async () => {
  const leases = open(100_000);
  await leases.take(SHOP, 'offers');
  leases.countUnleased(SHOP, 'offers', 2);
  const gate = Promise.withResolvers<undefined>();
  lessor.answer = gate.promise;
  const waiting = leases.take(OTHER, 'offers');
  await settle();
  const closing = leases.close();
  gate.resolve(undefined);
  await closing;
  expect(await waiting).toBe('granted');
  expect(lessor.returned).toEqual([
    { tenant: SHOP, meter: 'offers', month: '2026-03', spent: 1, unleased: 2 },
    { tenant: OTHER, meter: 'offers', month: '2026-03', spent: 1, unleased: 0 },
  ]);
  expect(leases.take(SHOP, 'offers')).toBe('unknown');
});

it('a close while the lessor is away fails, and nobody waits for ever', async () => {
  const leases = open(100);
  const gate = Promise.withResolvers<undefined>();
  lessor.answer = gate.promise;
  const waiting = leases.take(SHOP, 'offers');
  const closing = leases.close();
  lessor.isAway = true;
  gate.resolve(undefined);
  await expect(closing).rejects.toThrow('away');
  expect(await waiting).toBe('unknown');
});
