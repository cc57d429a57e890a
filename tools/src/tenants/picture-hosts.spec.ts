import type { TenantId } from '@offerstream/contracts';
import type { ShownTenant, TenantSettings } from '@offerstream/control-client';
import { pictureHostsOf } from './picture-hosts.js';

const SHOP = 'shop' as TenantId;

const setUp = () => {
  const tenant: ShownTenant = {
    id: SHOP,
    consent: 'required',
    version: 7,
    placements: [],
    pictureHosts: ['a.example'],
  };
  const puts: (readonly [TenantSettings, number | undefined])[] = [];
  const control = {
    getTenant: () => Promise.resolve(tenant),
    putTenant(settings: TenantSettings, ifVersion?: number): Promise<ShownTenant> {
      puts.push([settings, ifVersion]);
      return Promise.resolve({ ...tenant, pictureHosts: [...(settings.pictureHosts ?? [])] });
    },
  };
  return { puts, call: (hosts: readonly string[] | undefined) => pictureHostsOf(control, SHOP, hosts) };
};

it('are changed in the version that was read, and all else stays', async () => {
  const { call, puts } = setUp();
  expect(await call(['b.example', 'c.example'])).toEqual(['b.example', 'c.example']);
  expect(await call([])).toEqual([]);
  const settings = { id: SHOP, consent: 'required', placements: [] };
  expect(puts).toEqual([
    [{ ...settings, pictureHosts: ['b.example', 'c.example'] }, 7],
    [{ ...settings, pictureHosts: [] }, 7],
  ]);
});

it('are shown without being changed', async () => {
  const { call, puts } = setUp();
  expect(await call(undefined)).toEqual(['a.example']);
  expect(puts).toEqual([]);
});
