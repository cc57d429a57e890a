import { originCode, type OfferOrigin, type PlacementId, type Strategy, type TenantId } from '@offerstream/contracts';
import pg from 'pg';
import { changed, openFreshDatabase, type FreshDatabase } from './fresh-database.fixture.js';

const SHOP = 'shop' as TenantId;
const place = (id: string) => ({ id: id as PlacementId, model: 'shop.behaviour', slots: 10, validitySeconds: 600 });
const placements = (...ids: readonly string[]) =>
  changed(fresh.database, (change) =>
    fresh.database.tenants.put(change, { id: SHOP, consent: 'assumed', placements: ids.map(place) }),
  );
const promote = (name: string, version: string) =>
  changed(fresh.database, (change) =>
    fresh.database.promotedModels.put(change, {
      tenant: SHOP,
      name,
      version,
      family: 'behaviour',
      popular: [],
      promotedAt: '2026-03-01T00:00:00.000Z',
    }),
  );

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
});
afterEach(() => fresh.database.close());

const query = async <Row extends object>(text: string): Promise<readonly Row[]> => {
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
};

interface OriginRow {
  readonly code: string;
  readonly placement: PlacementId | null;
  readonly model: string | null;
  readonly version: string | null;
  readonly strategy: Strategy;
}
const stored = () => query<OriginRow>('SELECT code, placement, model, version, strategy FROM offer_origins');
const names = async (): Promise<readonly string[]> =>
  (await stored())
    .filter(({ strategy }) => strategy === 'personal')
    .map(({ placement, model, version }) => `${placement ?? '-'} ${model ?? '-'} ${version ?? '-'}`)
    .sort();

it('knows each placement or none, with each promoted version or none, by the codes that stand in offers', async () => {
  await placements('home', 'cart');
  await promote('shop.behaviour', '1');
  const rows = await stored();
  expect(rows).toHaveLength(3 * 2 * 3);
  for (const { code, placement, model, version, strategy } of rows) {
    const origin: OfferOrigin = {
      placement: placement ?? undefined,
      model: model === null || version === null ? undefined : { name: model, version },
      strategy,
    };
    expect(code).toBe(originCode(SHOP, origin));
  }
  expect(await names()).toEqual([
    '- - -',
    '- shop.behaviour 1',
    'cart - -',
    'cart shop.behaviour 1',
    'home - -',
    'home shop.behaviour 1',
  ]);
});

it('forgets neither a placement nor a version that is gone', async () => {
  await placements('home');
  await promote('shop.behaviour', '1');
  await promote('shop.behaviour', '2');
  await placements('cart');
  expect(await names()).toEqual([
    '- - -',
    '- shop.behaviour 1',
    '- shop.behaviour 2',
    'cart - -',
    'cart shop.behaviour 2',
    'home - -',
    'home shop.behaviour 1',
    'home shop.behaviour 2',
  ]);
});

it('misses no combination of a placement and a version that come at the same moment', async () => {
  await placements('home');
  await promote('shop.behaviour', '1');
  for (let version = 2; version <= 12; version++) {
    await Promise.all([placements('home', `p${version}`), promote('shop.behaviour', String(version))]);
    expect(await names()).toContain(`p${version} shop.behaviour ${version}`);
  }
});

it('is made up for at the start where tenants are older than the table', async () => {
  await placements('home');
  await promote('shop.behaviour', '1');
  const before = await stored();
  await query('DELETE FROM offer_origins');
  await fresh.database.migrate();
  expect((await stored()).map(({ code }) => code).sort()).toEqual(before.map(({ code }) => code).sort());
});
