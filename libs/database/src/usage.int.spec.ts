import { greatestCounts, type UsageCount } from '@offerstream/billing';
import type { TenantId, Usage } from '@offerstream/contracts';
import type { TopicPositions } from './positions.js';
import { openFreshDatabase, type FreshDatabase } from './fresh-database.fixture.js';

const SHOP = 'shop' as TenantId;

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await openFreshDatabase();
});
afterAll(() => fresh.database.close());

const take = (counts: readonly UsageCount[], positions: TopicPositions = new Map()) =>
  fresh.database.usage.take(counts, 'usage', positions);
const at = (text: string) => new Date(text);
const count = (hour: string, units: number, more: Partial<UsageCount> = {}): UsageCount => ({
  tenant: SHOP,
  source: 'gateway',
  epoch: 'a',
  hour,
  meter: 'offers',
  units,
  ...more,
});

it('keeps the greatest count of each source and sums over sources and their runs', async () => {
  const tenant = 'sums' as TenantId;
  const hour = '2026-03-01T10:00:00.000Z';
  const { usage } = fresh.database;
  await take([count(hour, 5, { tenant }), count(hour, 3, { tenant, source: 'personalizer' })]);
  await take([count(hour, 7, { tenant })]);
  await take([count(hour, 4, { tenant }), count(hour, 10, { tenant, epoch: 'b' })]);
  const query = { tenant, from: at('2026-03-01T00:00:00Z'), to: at('2026-03-02T00:00:00Z'), by: 'day' } as const;
  expect(await usage.totals(query)).toEqual([{ from: at('2026-03-01T00:00:00Z'), meter: 'offers', units: 20 }]);
});

it('tells hours, days and months of UTC, and the end of the time asked for is not in it', async () => {
  const { usage } = fresh.database;
  await take([
    count('2026-02-28T23:00:00.000Z', 1),
    count('2026-03-01T00:00:00.000Z', 2),
    count('2026-03-01T05:00:00.000Z', 4),
    count('2026-03-31T23:00:00.000Z', 8),
    count('2026-03-31T23:00:00.000Z', 16, { meter: 'events' }),
    count('2026-04-01T00:00:00.000Z', 32),
  ]);
  const totals = async (by: 'hour' | 'day' | 'month', from: string, to: string) =>
    (await usage.totals({ tenant: SHOP, from: at(from), to: at(to), by })).map((total) => [
      total.from.toISOString().slice(0, 13),
      total.meter,
      total.units,
    ]);
  expect(await totals('month', '2026-02-01T00:00:00Z', '2026-04-01T00:00:00Z')).toEqual([
    ['2026-02-01T00', 'offers', 1],
    ['2026-03-01T00', 'events', 16],
    ['2026-03-01T00', 'offers', 14],
  ]);
  expect(await totals('day', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z')).toEqual([['2026-03-01T00', 'offers', 6]]);
  expect(await totals('hour', '2026-03-01T00:00:00Z', '2026-03-01T05:00:00Z')).toEqual([
    ['2026-03-01T00', 'offers', 2],
  ]);
});

it('remembers where to go on, with the counts or not at all', async () => {
  const { usage, positions } = fresh.database;
  expect(await positions.of('positions')).toEqual(new Map());
  const hour = '2026-03-01T10:00:00.000Z';
  await usage.take(
    [count(hour, 1, { tenant: 'placed' as TenantId })],
    'positions',
    new Map([
      [0, 10],
      [2, 30],
    ]),
  );
  await usage.take([], 'positions', new Map([[2, 20]]));
  const twice = count(hour, 5, { tenant: 'placed' as TenantId });
  await expect(usage.take([twice, twice], 'positions', new Map([[0, 99]]))).rejects.toThrow();
  expect(await positions.of('positions')).toEqual(
    new Map([
      [0, 10],
      [2, 20],
    ]),
  );
  await positions.put('positions', new Map([[0, 11]]));
  await positions.put('others', new Map([[2, 7]]));
  expect(await positions.of('positions')).toEqual(
    new Map([
      [0, 11],
      [2, 20],
    ]),
  );
});

it('instances that take the same records in any order, side by side, come to the same sum', async () => {
  const tenant = 'racing' as TenantId;
  const records: Usage[] = [];
  let used = 0;
  for (let hour = 0; hour < 24; hour++) {
    for (const source of ['gateway', 'personalizer']) {
      for (let flush = 1; flush <= 5; flush++) {
        const counts = { offers: flush * (hour + 1), events: flush };
        records.push({
          tenant,
          source,
          epoch: 'a',
          window: new Date(Date.UTC(2026, 2, 1, hour)).toISOString(),
          counts,
        });
      }
      used += 5 * (hour + 1) + 5;
    }
  }
  const batches: Usage[][] = [];
  for (let start = 0; start < 7; start++) {
    const rotated = [...records.slice(start * 30), ...records.slice(0, start * 30)];
    batches.push(start % 2 === 0 ? rotated : rotated.reverse());
  }
  await Promise.all(batches.map((batch) => take(greatestCounts(batch))));
  const query = { tenant, from: at('2026-03-01T00:00:00Z'), to: at('2026-04-01T00:00:00Z'), by: 'month' } as const;
  const totals = await fresh.database.usage.totals(query);
  expect(totals.reduce((sum, { units }) => sum + units, 0)).toBe(used);
});
