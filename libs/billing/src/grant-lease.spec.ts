import { grantLease, takeBack, type Quota, type ReplicaShare } from './grant-lease.js';

const quota = (used: number, limit: number | null = 20_000): Quota => ({ limit, used });
const share = (granted = 0, unleased = 0): ReplicaShare => ({ granted, unleased });
const ask = (more: Partial<Parameters<typeof grantLease>[2]> = {}) => ({ held: 0, needed: 1, unleased: 0, ...more });

it('fills a lease up to its size and counts what it adds as used', () => {
  expect(grantLease(quota(1_000), share(400), ask({ held: 30 }), 4)).toEqual({
    limit: 20_000,
    used: 1_020,
    granted: 420,
    unleased: 0,
    units: 20,
    remaining: 18_980,
  });
});

it('gives nothing to who holds as much already, or when nothing remains', () => {
  expect(grantLease(quota(0), share(), ask({ held: 50 }), 4)).toMatchObject({ units: 0, remaining: 20_000 });
  expect(grantLease(quota(20_000), share(), ask(), 4)).toMatchObject({ units: 0, used: 20_000, remaining: 0 });
  expect(grantLease(quota(20_500), share(), ask(), 4)).toMatchObject({ units: 0, used: 20_500, remaining: 0 });
});

it('a request that needs more than a lease gets it, while there is so much', () => {
  expect(grantLease(quota(0), share(), ask({ held: 20, needed: 700 }), 4)).toMatchObject({ units: 680 });
  expect(grantLease(quota(19_900), share(), ask({ needed: 700 }), 4)).toMatchObject({ units: 100, remaining: 0 });
});

it('what was served without a lease is used before anything is granted, and told twice it counts once', () => {
  const first = grantLease(quota(19_990), share(0, 5), ask({ unleased: 12 }), 1);
  expect(first).toMatchObject({ used: 19_998, unleased: 12, units: 1, remaining: 2 });
  expect(grantLease(first, first, ask({ unleased: 12 }), 1)).toMatchObject({ used: 19_999, unleased: 12 });
  const beyond = grantLease(quota(19_990), share(), ask({ unleased: 50 }), 1);
  expect(beyond).toMatchObject({ used: 20_040, units: 0, remaining: 0 });
});

it('without a limit there is always a lease', () => {
  expect(grantLease(quota(10 ** 12, null), share(), ask({ held: 10 }), 4)).toMatchObject({ units: 90 });
  expect(grantLease(quota(10 ** 12, null), share(), ask({ held: 10, needed: 700 }), 4)).toMatchObject({ units: 690 });
});

it('takes back what was not spent, lost answers too, and only once', () => {
  const after = takeBack(quota(1_000), share(400, 1), { spent: 330, unleased: 3 });
  expect(after).toEqual({ limit: 20_000, used: 932, granted: 330, unleased: 3 });
  expect(takeBack(after, after, { spent: 330, unleased: 3 })).toEqual(after);
});
