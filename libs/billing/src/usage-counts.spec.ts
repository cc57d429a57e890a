import type { TenantId, Usage } from '@offerstream/contracts';
import { greatestCounts } from './usage-counts.js';

/** Mulberry32. */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

const hourOf = (day: number, hour: number): string => new Date(Date.UTC(2026, 2, day, hour)).toISOString();

/** What three runs of two sources tell of two tenants in 30 hours, and what was really used. */
const countedBy = (random: () => number) => {
  const records: Usage[] = [];
  const used = new Map<string, number>();
  for (const [source, epoch] of [
    ['gateway', 'a'],
    ['gateway', 'b'],
    ['personalizer', 'a'],
  ] as const) {
    for (const tenant of ['one', 'two'] as TenantId[]) {
      for (let hour = 0; hour < 30; hour++) {
        const counts: Record<string, number> = {};
        for (let flush = 0; flush < 4; flush++) {
          for (const meter of ['offers', 'explanations']) {
            const units = Math.floor(random() * 5);
            counts[meter] = (counts[meter] ?? 0) + units;
            used.set(`${tenant} ${meter}`, (used.get(`${tenant} ${meter}`) ?? 0) + units);
          }
          records.push({ tenant, source, epoch, window: hourOf(1, hour), counts: { ...counts } });
        }
      }
    }
  }
  return { records, used };
};

const shuffled = <Element>(elements: readonly Element[], random: () => number): Element[] =>
  elements
    .map((element) => ({ element, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ element }) => element);

it('whatever comes, however often and in whichever order, the sum is what was used', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = randomFrom(seed);
    const { records, used } = countedBy(random);
    const sums = new Map<string, number>();
    for (const { tenant, meter, units } of greatestCounts(shuffled([...records, ...records, ...records], random))) {
      sums.set(`${tenant} ${meter}`, (sums.get(`${tenant} ${meter}`) ?? 0) + units);
    }
    expect(sums).toEqual(used);
  }
});

it('an hour is the same hour in each way to write it', () => {
  const record = (window: string, offers: number): Usage => ({
    tenant: 'one' as TenantId,
    source: 'gateway',
    epoch: 'a',
    window,
    counts: { offers },
  });
  expect(greatestCounts([record('2026-03-01T10:00:00Z', 3), record('2026-03-01T12:00:00+02:00', 2)])).toEqual([
    { tenant: 'one', source: 'gateway', epoch: 'a', hour: '2026-03-01T10:00:00.000Z', meter: 'offers', units: 3 },
  ]);
});
