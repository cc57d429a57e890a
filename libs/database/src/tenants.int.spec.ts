import { UNLIMITED, type PlacementId, type TenantId } from '@offerstream/contracts';
import { changed, openFreshDatabase, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';
import type { TenantSettings } from './tenant-record.js';

const SHOP = 'shop' as TenantId;
const home = { id: 'home' as PlacementId, model: 'shop.behaviour', slots: 10, validitySeconds: 3_600 };
const cart = { id: 'cart' as PlacementId, model: 'shop.content', slots: 4, validitySeconds: 60 };
const shop = (fields: Partial<TenantSettings> = {}): TenantSettings => ({
  id: SHOP,
  consent: 'assumed',
  placements: [],
  ...fields,
});

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
});
afterEach(() => fresh.database.close());

const put = (settings: TenantSettings, ifVersion?: number) =>
  changed(fresh.database, (change) => fresh.database.tenants.put(change, settings, ifVersion));
const create = (settings: TenantSettings) =>
  changed(fresh.database, (change) => fresh.database.tenants.create(change, settings));
const records = async (): Promise<readonly unknown[]> =>
  (await takeOutbox(fresh.database)).map(({ value }) => JSON.parse(value ?? '') as unknown);

it('each change makes a record with the full state, no change makes none', async () => {
  await put(shop({ placements: [cart, home] }));
  await put(shop({ placements: [cart, home] }));
  const stored = { ...shop({ consent: 'required', placements: [home], pictureHosts: [] }), version: 2 };
  expect(await put(shop({ consent: 'required', placements: [home] }))).toEqual({ outcome: 'stored', tenant: stored });
  const rest = { keys: [], allowance: UNLIMITED };
  expect(await records()).toEqual([
    { id: SHOP, consent: 'assumed', placements: [cart, home], ...rest },
    { id: SHOP, consent: 'required', placements: [home], ...rest },
  ]);
  const { records: audited } = await fresh.database.audit.list(SHOP, { before: undefined, limit: 10 });
  expect(audited.map(({ summary }) => summary)).toEqual([
    { consent: 'required', placements: [home], pictureHosts: [] },
    { consent: 'assumed', placements: [cart, home], pictureHosts: [] },
  ]);
});

it('a placement has its templates of offer copy, in their order, until they are left out', async () => {
  const withTemplates = (...copyTemplates: string[]) => shop({ placements: [cart, { ...home, copyTemplates }] });
  const versions: (number | undefined)[] = [];
  for (const settings of [
    withTemplates('New: {title}', 'Only {price}'),
    withTemplates('New: {title}', 'Only {price}'),
    withTemplates('Only {price}', 'New: {title}'),
    shop({ placements: [cart, home] }),
  ]) {
    const done = await put(settings);
    versions.push(done.outcome === 'stored' ? done.tenant.version : undefined);
    expect(await fresh.database.tenants.get(SHOP)).toMatchObject(settings);
  }
  expect(versions).toEqual([1, 1, 2, 3]);
  const [first, , last] = (await records()) as readonly Pick<TenantSettings, 'placements'>[];
  expect(first?.placements).toEqual(withTemplates('New: {title}', 'Only {price}').placements);
  expect(last?.placements).toEqual([cart, home]);
});

it('a version that is not the current one changes nothing', async () => {
  expect(await put(shop(), 1)).toEqual({ outcome: 'conflict', current: undefined });
  expect(await fresh.database.tenants.get(SHOP)).toBeUndefined();
  await put(shop());
  expect(await put(shop({ consent: 'required' }), 2)).toEqual({ outcome: 'conflict', current: 1 });
  expect(await put(shop({ consent: 'required' }), 1)).toMatchObject({ outcome: 'stored', tenant: { version: 2 } });
});

it('is created by one of those who want its id', async () => {
  const created = await Promise.all([create(shop()), create(shop({ consent: 'required' })), create(shop())]);
  expect(created.filter((tenant) => tenant !== undefined)).toHaveLength(1);
  expect(await records()).toHaveLength(1);
  expect(await create(shop())).toBeUndefined();
});

it('concurrent changes of one tenant are all kept, and the last record is the state', async () => {
  await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      put(shop({ consent: index % 2 === 0 ? 'assumed' : 'required', placements: [{ ...home, slots: index + 1 }] })),
    ),
  );
  const states = await records();
  const stored = await fresh.database.tenants.get(SHOP);
  expect(stored?.version).toBe(states.length);
  expect(states.at(-1)).toEqual({
    id: SHOP,
    consent: stored?.consent,
    placements: stored?.placements,
    keys: [],
    allowance: UNLIMITED,
  });
});

it('pages through tenants by id', async () => {
  for (const id of ['a', 'b', 'c']) await put(shop({ id: id as TenantId }));
  const first = await fresh.database.tenants.list({ after: undefined, limit: 2 });
  expect(first).toMatchObject({ tenants: [{ id: 'a' }, { id: 'b' }], next: 'b' });
  expect(await fresh.database.tenants.list({ after: first.next, limit: 2 })).toMatchObject({
    tenants: [{ id: 'c' }],
    next: undefined,
  });
});
