import { METERS, QuotaLeases, UsageMeter, type UsageRecord } from '@offerstream/billing';
import type { Tenant } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';
import { DEMO, NOW_MS, tenant } from '../shop.fixture.js';
import { Metering, type QuotaOutcome } from './metering.js';

const LIMIT = 3;

/** Metering by real leases of a lessor who grants up to the limit, or is away. */
const setUp = ({ isAway = false, hasControl = true } = {}) => {
  const time = { nowMs: NOW_MS };
  const left = new Map<string, number>([[METERS.offers, LIMIT]]);
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
            const remaining = left.get(request.meter) ?? 0;
            const units = Math.min(request.needed, remaining);
            left.set(request.meter, remaining - units);
            return { units, remaining: remaining - units };
          }),
        );
      },
      giveBack: () => Promise.resolve(),
    },
    nowMs: () => time.nowMs,
    waitMs: 1_000,
    onLessorFailed: () => undefined,
  });
  const usage = new UsageMeter({
    source: 'gateway',
    epoch: 'e',
    sink: { send: (records) => Promise.resolve(void sent.push(...records)) },
    flushMs: 1_000,
    nowMs: () => time.nowMs,
    onFlushFailed: () => undefined,
  });
  const metering = new Metering({
    usage,
    leases: hasControl ? leases : undefined,
    nowMs: () => time.nowMs,
    onQuota: (outcome) => outcomes.push(outcome),
  });
  const counts = async () => {
    await usage.flush();
    return sent.at(-1)?.value.counts;
  };
  return { metering, outcomes, counts, leases, time };
};

const limitedTo = (limits: Tenant['allowance']['limits'], whileUnknown: 'serve' | 'refuse' = 'refuse') =>
  tenant({ allowance: { plan: 'free', limits, whileUnknown, requestsPerSecond: 10 } });
const limited = (whileUnknown?: 'serve' | 'refuse') => limitedTo({ offers: LIMIT }, whileUnknown);

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

  it('leaves the units that were taken before another meter’s are used up', async () => {
    const { metering } = setUp();
    const shop = limitedTo({ offers: LIMIT, explanations: 0 });
    for (let asked = 0; asked < 2 * LIMIT; asked++)
      expect(
        await problemOf(metering.charge(shop, [METERS.offers, METERS.explanations], () => 'answer')),
      ).toMatchObject({ code: 'quota-used-up' });
    for (let served = 0; served < LIMIT; served++)
      expect(await metering.charge(shop, [METERS.offers], () => 'answer')).toBe('answer');
  });

  it('leaves the units of work that fails, and of what the answer turned out not to have', async () => {
    const { metering, counts } = setUp();
    const both = [METERS.offers, METERS.explanations];
    const shop = limitedTo({ offers: LIMIT });
    for (let failed = 0; failed < 2 * LIMIT; failed++)
      await expect(metering.charge(shop, both, () => Promise.reject(new Error('planted')))).rejects.toThrow('planted');
    for (let answered = 0; answered < 2 * LIMIT; answered++)
      await metering.charge(shop, both, () => 'answer', { worth: () => [METERS.explanations] });
    for (let served = 0; served < LIMIT; served++) await metering.charge(shop, both, () => 'answer');
    expect(await problemOf(metering.charge(shop, both, () => 'answer'))).toMatchObject({ code: 'quota-used-up' });
    expect(await counts()).toEqual({ offers: LIMIT, explanations: 3 * LIMIT });
  });

  it('may be several of its meter, all of them or none', async () => {
    const { metering, counts } = setUp();
    const charge = (units: number, work: () => string) => metering.charge(limited(), [METERS.offers], work, { units });
    expect(await charge(2, () => 'answer')).toBe('answer');
    expect(await problemOf(charge(2, () => 'answer'))).toMatchObject({ code: 'quota-used-up' });
    const failing = charge(1, () => {
      throw new Error('planted');
    });
    await expect(failing).rejects.toThrow('planted');
    expect(await charge(1, () => 'answer')).toBe('answer');
    expect(await counts()).toEqual({ offers: 3 });
  });

  it('that fails is no unit of the next month, when the month turned meanwhile', async () => {
    const { metering, leases, time } = setUp();
    const failing = metering.charge(limited(), [METERS.offers], async () => {
      time.nowMs = Date.UTC(2026, 11, 1);
      await metering.charge(limited(), [METERS.offers], () => 'answer');
      throw new Error('planted');
    });
    await expect(failing).rejects.toThrow('planted');
    // Of the lessor's three units one failed, one was answered, and one is held of the old month.
    expect(leases.remaining(DEMO, METERS.offers)).toBe(0);
  });

  it('of an amount is taken whole, and what was not used of it given back', async () => {
    const { metering, counts } = setUp();
    const reserve = async (units: number) => metering.reserve(limited(), METERS.offers, units);
    const reservation = await reserve(LIMIT);
    expect(await problemOf(reserve(1))).toMatchObject({ code: 'quota-used-up' });
    reservation.settle(1);
    expect((await problemOf(reserve(LIMIT)))?.reason).toContain(`no ${LIMIT} more offers`);
    (await reserve(LIMIT - 1)).settle(LIMIT - 1);
    expect(await problemOf(reserve(1))).toMatchObject({ code: 'quota-used-up' });
    (await metering.reserve(tenant(), METERS.tokens, 1_000)).settle(0);
    expect(await counts()).toEqual({ offers: LIMIT });
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

  it('tells the lessor what was answered without a lease', async () => {
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
    const failing = metering.charge(limited('serve'), [METERS.offers], () => Promise.reject(new Error('planted')));
    await expect(failing).rejects.toThrow('planted');
    isAway = false;
    await leases.close();
    expect(told).toEqual([2]);
  });
});
