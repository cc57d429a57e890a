import { METERS, QuotaLeases, UsageMeter, type UsageRecord } from '@offerstream/billing';
import { Problem } from '@offerstream/http-api';
import { NOW_MS, tenant } from '../shop.fixture.js';
import { Metering, type QuotaOutcome } from './metering.js';

const LIMIT = 3;

/** Metering by real leases of a lessor who grants up to the limit, or is away. */
const setUp = ({ isAway = false, hasControl = true } = {}) => {
  let left = LIMIT;
  const unleased: number[] = [];
  const sent: UsageRecord[] = [];
  const outcomes: QuotaOutcome[] = [];
  const leases = new QuotaLeases({
    lessor: {
      lease: (requests) => {
        if (isAway) return Promise.reject(new Error('planted'));
        return Promise.resolve(
          requests.map((request) => {
            unleased.push(request.unleased);
            const units = Math.min(1, left);
            left -= units;
            return { units, remaining: left };
          }),
        );
      },
      giveBack: () => Promise.resolve(),
    },
    nowMs: () => NOW_MS,
    waitMs: 1_000,
    onLessorFailed: () => undefined,
  });
  const usage = new UsageMeter({
    source: 'gateway',
    epoch: 'e',
    sink: { send: (records) => Promise.resolve(void sent.push(...records)) },
    flushMs: 1_000,
    nowMs: () => NOW_MS,
    onFlushFailed: () => undefined,
  });
  const metering = new Metering({
    usage,
    leases: hasControl ? leases : undefined,
    nowMs: () => NOW_MS,
    onQuota: (outcome) => outcomes.push(outcome),
  });
  const counts = async () => {
    await usage.flush();
    return sent.at(-1)?.value.counts;
  };
  return { metering, outcomes, counts, leases };
};

const limited = (whileUnknown: 'serve' | 'refuse' = 'refuse') =>
  tenant({
    allowance: { plan: 'free', limits: { offers: LIMIT }, whileUnknown, requestsPerSecond: 10 },
  });

const problemOf = async (work: Promise<unknown>): Promise<Problem['details'] | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.details;
  }
};

describe('what a request costs', () => {
  it('is one of its meter, when it is answered', async () => {
    const { metering, outcomes, counts } = setUp();
    expect(await metering.charge(tenant(), [METERS.offers], () => 'answer')).toBe('answer');
    await metering.charge(tenant(), [METERS.offers, METERS.explanations], () => 'answer');
    expect(await counts()).toEqual({ offers: 2, explanations: 1 });
    expect(outcomes).toEqual(['unlimited', 'unlimited', 'unlimited']);
  });

  it('is nothing when it fails', async () => {
    const { metering, counts } = setUp();
    await expect(
      metering.charge(tenant(), [METERS.offers], () => Promise.reject(new Error('planted'))),
    ).rejects.toThrow('planted');
    expect(await counts()).toBeUndefined();
  });

  it('is no more than the quota, and says when there is more', async () => {
    const { metering, outcomes, counts } = setUp();
    for (let served = 0; served < LIMIT; served++) await metering.charge(limited(), [METERS.offers], () => 'answer');
    let worked = false;
    const refused = await problemOf(metering.charge(limited(), [METERS.offers], () => (worked = true)));
    expect(refused).toMatchObject({ status: 429, code: 'quota-used-up' });
    // 24 November, 10:00, to 1 December, 0:00 UTC.
    expect(refused?.retryAfterSeconds).toBe((6 * 24 + 14) * 3_600);
    expect(worked).toBe(false);
    expect(await counts()).toEqual({ offers: LIMIT });
    expect(outcomes).toEqual(['granted', 'granted', 'granted', 'used-up']);
  });

  it.each([
    ['while control is away', { isAway: true }],
    ['without a control', { hasControl: false }],
  ])('is counted or refused %s, as the plan says', async (_, parts) => {
    const { metering, outcomes, counts, leases } = setUp(parts);
    expect(await problemOf(metering.charge(limited('refuse'), [METERS.offers], () => 'answer'))).toMatchObject({
      status: 503,
      code: 'quota-unknown',
      retryAfterSeconds: 5,
    });
    expect(await metering.charge(limited('serve'), [METERS.offers], () => 'answer')).toBe('answer');
    expect(await counts()).toEqual({ offers: 1 });
    expect(outcomes).toEqual(['refused-unknown', 'served-unknown']);
    await leases.close();
  });

  it('tells the lessor what was served without a lease', async () => {
    const told: number[] = [];
    let isAway = true;
    const leases = new QuotaLeases({
      lessor: {
        lease: (requests) => {
          if (isAway) return Promise.reject(new Error('planted'));
          told.push(...requests.map(({ unleased }) => unleased));
          return Promise.resolve(requests.map(() => ({ units: 1, remaining: 1 })));
        },
        giveBack: (returns) => Promise.resolve(void told.push(...returns.map(({ unleased }) => unleased))),
      },
      nowMs: () => NOW_MS,
      waitMs: 1_000,
      onLessorFailed: () => undefined,
    });
    const metering = new Metering({
      usage: { count: () => undefined },
      leases,
      nowMs: () => NOW_MS,
      onQuota: () => undefined,
    });
    await metering.charge(limited('serve'), [METERS.offers], () => 'answer');
    await metering.charge(limited('serve'), [METERS.offers], () => 'answer');
    isAway = false;
    await leases.close();
    expect(told).toEqual([2]);
  });
});
