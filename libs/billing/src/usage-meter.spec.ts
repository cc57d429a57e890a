import { jest } from '@jest/globals';
import { usageSchema, type TenantId } from '@offerstream/contracts';
import { UsageMeter, type UsageRecord } from './usage-meter.js';

const SHOP = 'shop' as TenantId;
const OTHER = 'other' as TenantId;
const TEN = Date.parse('2026-03-01T10:00:00.000Z');
const HOUR_MS = 3_600_000;

/** A sink that fails on request, and remembers what it took. */
const newSink = () => {
  const sink = {
    taken: [] as UsageRecord[],
    fail: false,
    gate: Promise.resolve() as Promise<unknown>,
    async send(records: readonly UsageRecord[]): Promise<void> {
      await sink.gate;
      if (sink.fail) throw new Error('away');
      sink.taken.push(...records);
    },
  };
  return sink;
};

const newMeter = (flushMs = 1_000) => {
  const sink = newSink();
  const clock = { nowMs: TEN };
  const failures: unknown[] = [];
  const meter = new UsageMeter({
    source: 'gateway',
    epoch: 'e-1',
    sink,
    flushMs,
    nowMs: () => clock.nowMs,
    onFlushFailed: (error) => failures.push(error),
  });
  return { sink, clock, meter, failures };
};

const told = (records: readonly UsageRecord[]) => records.map(({ key, value }) => [key, value.counts]);

it('sends what a tenant has used in the hour so far, under a key of its own, and nothing twice', async () => {
  const { sink, meter } = newMeter();
  meter.count(SHOP, 'offers');
  meter.count(SHOP, 'offers');
  meter.count(SHOP, 'tokens', 700);
  meter.count(OTHER, 'offers');
  await meter.flush();
  await meter.flush();
  meter.count(SHOP, 'offers', 3);
  await meter.flush();
  expect(told(sink.taken)).toEqual([
    ['shop:gateway:e-1:2026-03-01T10:00:00.000Z', { offers: 2, tokens: 700 }],
    ['other:gateway:e-1:2026-03-01T10:00:00.000Z', { offers: 1 }],
    ['shop:gateway:e-1:2026-03-01T10:00:00.000Z', { offers: 5, tokens: 700 }],
  ]);
  for (const { value } of sink.taken) expect(usageSchema.strict().parse(value)).toEqual(value);
});

it('an hour counts for itself, to the millisecond, and is sent once', async () => {
  const { sink, clock, meter } = newMeter();
  clock.nowMs = TEN + HOUR_MS - 1;
  meter.count(SHOP, 'offers');
  clock.nowMs = TEN + HOUR_MS;
  meter.count(SHOP, 'offers');
  await meter.flush();
  clock.nowMs = TEN + 5 * HOUR_MS;
  await meter.flush();
  expect(told(sink.taken)).toEqual([
    ['shop:gateway:e-1:2026-03-01T10:00:00.000Z', { offers: 1 }],
    ['shop:gateway:e-1:2026-03-01T11:00:00.000Z', { offers: 1 }],
  ]);
});

it('a clock that goes back opens no hour twice', async () => {
  const { sink, clock, meter } = newMeter();
  meter.count(SHOP, 'offers', 10);
  clock.nowMs = TEN + HOUR_MS;
  meter.count(SHOP, 'offers');
  await meter.flush();
  clock.nowMs = TEN;
  meter.count(SHOP, 'offers');
  await meter.flush();
  expect(told(sink.taken).at(-1)).toEqual(['shop:gateway:e-1:2026-03-01T11:00:00.000Z', { offers: 2 }]);
});

it('a flush that fails says so and loses nothing, not even of an hour that has passed', async () => {
  const { sink, clock, meter } = newMeter();
  sink.fail = true;
  meter.count(SHOP, 'offers');
  await expect(meter.flush()).rejects.toThrow('away');
  clock.nowMs = TEN + HOUR_MS;
  meter.count(SHOP, 'offers', 2);
  await expect(meter.flush()).rejects.toThrow('away');
  sink.fail = false;
  await meter.flush();
  expect(told(sink.taken)).toEqual([
    ['shop:gateway:e-1:2026-03-01T10:00:00.000Z', { offers: 1 }],
    ['shop:gateway:e-1:2026-03-01T11:00:00.000Z', { offers: 2 }],
  ]);
});

it('what is counted during a flush goes with the next, also when the hour ends meanwhile', async () => {
  const { sink, clock, meter } = newMeter();
  const gate = Promise.withResolvers<undefined>();
  sink.gate = gate.promise;
  meter.count(SHOP, 'offers');
  const flushing = meter.flush();
  meter.count(SHOP, 'offers');
  clock.nowMs = TEN + HOUR_MS;
  meter.count(SHOP, 'offers', 5);
  const second = meter.flush();
  gate.resolve(undefined);
  await Promise.all([flushing, second]);
  expect(told(sink.taken)).toEqual([
    ['shop:gateway:e-1:2026-03-01T10:00:00.000Z', { offers: 1 }],
    ['shop:gateway:e-1:2026-03-01T10:00:00.000Z', { offers: 2 }],
    ['shop:gateway:e-1:2026-03-01T11:00:00.000Z', { offers: 5 }],
  ]);
});

it('flushes by itself, tells failures, and for the last time when it is closed', async () => {
  jest.useFakeTimers();
  const { sink, meter, failures } = newMeter(1_000);
  sink.fail = true;
  meter.count(SHOP, 'offers');
  meter.start();
  await jest.advanceTimersByTimeAsync(2_000);
  expect(failures).toHaveLength(2);
  sink.fail = false;
  await jest.advanceTimersByTimeAsync(1_000);
  expect(told(sink.taken)).toEqual([['shop:gateway:e-1:2026-03-01T10:00:00.000Z', { offers: 1 }]]);
  meter.count(SHOP, 'offers');
  await meter.close();
  expect(told(sink.taken).at(-1)).toEqual(['shop:gateway:e-1:2026-03-01T10:00:00.000Z', { offers: 2 }]);
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});
