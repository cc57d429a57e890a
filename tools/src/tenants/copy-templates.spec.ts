import { tenantSchema, type PlacementId, type TenantId } from '@offerstream/contracts';
import type { ShownTenant, TenantSettings } from '@offerstream/control-client';
import { copyTemplatesOf } from './copy-templates.js';

const SHOP = 'shop' as TenantId;
const HOME = 'home' as PlacementId;

const setUp = () => {
  const { placements } = tenantSchema.parse({
    id: SHOP,
    consent: 'required',
    placements: [
      { id: 'cart', model: 'shop.m', slots: 2, validitySeconds: 60 },
      { id: 'home', model: 'shop.m', slots: 5, validitySeconds: 60, copyTemplates: ['{title}'] },
    ],
  });
  const tenant: ShownTenant = { id: SHOP, consent: 'required', version: 7, placements, pictureHosts: [] };
  const puts: (readonly [TenantSettings, number | undefined])[] = [];
  const control = {
    getTenant: () => Promise.resolve(tenant),
    putTenant(settings: TenantSettings, ifVersion?: number): Promise<ShownTenant> {
      puts.push([settings, ifVersion]);
      return Promise.resolve({ ...tenant, placements: [...settings.placements] });
    },
  };
  const call = (templates: readonly string[] | undefined, placement = HOME) =>
    copyTemplatesOf(control, SHOP, placement, templates);
  return { call, puts, placements };
};

it('are changed in one placement of the version that was read, and all else stays', async () => {
  const { call, puts, placements } = setUp();
  const [cart, home] = placements;
  expect(await call(['New: {title}', 'Only {price}'])).toEqual({
    ...home,
    copyTemplates: ['New: {title}', 'Only {price}'],
  });
  const { copyTemplates } = await call([]);
  expect(copyTemplates).toBeUndefined();
  expect(puts).toEqual([
    [
      {
        id: SHOP,
        consent: 'required',
        placements: [cart, { ...home, copyTemplates: ['New: {title}', 'Only {price}'] }],
      },
      7,
    ],
    [
      {
        id: SHOP,
        consent: 'required',
        placements: [cart, { id: HOME, model: 'shop.m', slots: 5, validitySeconds: 60 }],
      },
      7,
    ],
  ]);
});

it('are shown without being changed', async () => {
  const { call, puts } = setUp();
  expect((await call(undefined)).copyTemplates).toEqual(['{title}']);
  expect(puts).toEqual([]);
});

it('of a placement that there is not are refused', async () => {
  const { call, puts } = setUp();
  await expect(call(['{title}'], 'mail' as PlacementId)).rejects.toMatchObject({
    code: 'placement-unknown',
    message: 'Tenant shop has no placement mail. It has: cart, home.',
  });
  expect(puts).toEqual([]);
});
