import { jest } from '@jest/globals';
import type { TenantId } from '@offerstream/contracts';
import { ControlUnavailable } from './control-api.js';
import { KeyUses } from './key-uses.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const DEMO = 'demo' as TenantId;
const MINUTE_MS = 60_000;

const setUp = () => {
  const reports: unknown[] = [];
  const failures: unknown[] = [];
  const control = { isAway: false };
  const uses = new KeyUses({
    control: {
      post: (path, body) => {
        if (control.isAway) return Promise.reject(new ControlUnavailable(path, 'planted'));
        reports.push([path, body]);
        return Promise.resolve(undefined);
      },
    },
    onReportFailed: (error) => failures.push(error),
  });
  uses.start();
  return { uses, reports, failures, control };
};

const report = (...uses: readonly (readonly [string, string, number])[]) => [
  '/v1/key-uses',
  { uses: uses.map(([tenant, key, ms]) => ({ tenant, key, usedAt: new Date(ms).toISOString() })) },
];

describe('the uses of keys', () => {
  it('are reported once a minute, the last of each key, and not again', async () => {
    const { uses, reports } = setUp();
    uses.note(DEMO, 'a', 1_000);
    uses.note('other' as TenantId, 'b', 1_500);
    uses.note(DEMO, 'a', 2_000);
    expect(reports).toEqual([]);
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(reports).toEqual([report(['demo', 'a', 2_000], ['other', 'b', 1_500])]);
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(reports).toHaveLength(1);
  });

  it('wait for control while it is away, and are overtaken by later ones', async () => {
    const { uses, reports, failures, control } = setUp();
    control.isAway = true;
    uses.note(DEMO, 'a', 1_000);
    uses.note(DEMO, 'b', 1_000);
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(failures).toHaveLength(1);
    uses.note(DEMO, 'b', 70_000);
    control.isAway = false;
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(reports).toEqual([report(['demo', 'a', 1_000], ['demo', 'b', 70_000])]);
  });

  it('are reported for the last time at the end, in parts of 500', async () => {
    const { uses, reports } = setUp();
    for (let key = 0; key < 501; key++) uses.note(DEMO, String(key), 1_000);
    await uses.close();
    expect(
      reports.map((each) => (each as ReturnType<typeof report>)[1]).map((body) => (body as { uses: [] }).uses.length),
    ).toEqual([500, 1]);
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(reports).toHaveLength(2);
  });
});
