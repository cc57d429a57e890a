import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  UNLIMITED,
  type CatalogItem,
  type ItemId,
  type PlacementId,
  type Tenant,
  type TenantId,
} from '@offerstream/contracts';
import { ControlClient } from '@offerstream/control-client';
import type { StoredModel } from '@offerstream/learning';
import { bringToServe } from './bring-to-serve.js';

const TENANT = 'shop' as TenantId;
const ITEM: CatalogItem = { id: 'i1' as ItemId, categories: [], available: true };
const MODEL = 'shop.behaviour';
const PROMOTED = {
  tenant: TENANT,
  name: MODEL,
  version: '2',
  family: 'behaviour',
  popular: ['i1'],
  promotedAt: '2026-01-05T10:00:00Z',
};
const known: Tenant = {
  id: TENANT,
  keys: [],
  allowance: UNLIMITED,
  consent: 'required',
  placements: [
    { id: 'cart' as PlacementId, model: 'shop.popular', slots: 3, validitySeconds: 60 },
    { id: 'home' as PlacementId, model: 'shop.popular', slots: 7, validitySeconds: 600, copyTemplates: ['{title}'] },
  ],
};

let repository: string;
let stored: StoredModel;
beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), 'offerstream-train-'));
  stored = {
    name: MODEL,
    version: '2',
    path: join(repository, MODEL, '2'),
    explanationPath: join(repository, `${MODEL}-explain`, '2'),
  };
  await mkdir(stored.path, { recursive: true });
  await mkdir(stored.explanationPath, { recursive: true });
});
afterEach(() => rm(repository, { recursive: true }));

const json = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });
const refusal = () => json(409, { code: 'refused', reason: 'No.', fix: 'Never.' });

interface Scene {
  /** Null: there is none. */
  readonly tenant?: Tenant | null;
  readonly items?: () => Response | Promise<Response>;
  readonly promotion?: () => Response | Promise<Response>;
}

/** A back office that answers so, and what it was asked for. */
const scene = ({ tenant = known, items, promotion }: Scene = {}) => {
  const asked: string[] = [];
  const tenants: unknown[] = [];
  const stopping = new AbortController();
  const control = new ControlClient({
    url: 'http://control',
    token: 'token',
    fetch: (url, init) => {
      const { pathname } = new URL(url);
      asked.push(pathname.split('/')[2] ?? '');
      if (pathname.startsWith('/v1/models/')) return Promise.resolve(promotion?.() ?? json(200, PROMOTED));
      if (pathname.startsWith('/v1/catalog/')) {
        return Promise.resolve(items?.() ?? json(200, { accepted: 1, failed: 0, errors: [] }));
      }
      const settings = JSON.parse(init?.body as string) as object;
      tenants.push(settings);
      return Promise.resolve(json(200, { pictureHosts: [], ...settings, id: TENANT, version: 1 }));
    },
  });
  const run = () =>
    bringToServe({
      control,
      tenant: TENANT,
      trained: { family: 'behaviour', popular: ['i1'] },
      stored,
      items: [ITEM],
      untilServed: () => Promise.resolve(),
      readTenant: (signal) => {
        signal?.throwIfAborted();
        return Promise.resolve(tenant ?? undefined);
      },
      signal: stopping.signal,
      onItems: () => undefined,
    });
  return { run, asked, tenants, stopping };
};
const lost = () => Promise.reject<Response>(new TypeError('fetch failed'));

it('points the placement at the model after that is promoted, and leaves all else of the tenant', async () => {
  const { run, asked, tenants } = scene();
  await run();
  expect(asked).toEqual(['catalog', 'models', 'tenants']);
  expect(tenants).toEqual([
    {
      consent: 'required',
      placements: [known.placements[0], { ...known.placements[1], model: MODEL }],
    },
  ]);
  expect([stored.path, stored.explanationPath].map((path) => existsSync(path))).toEqual([true, true]);
});

it('makes a missing tenant first, which has a placement once the model is promoted', async () => {
  const { asked, tenants, run } = scene({ tenant: null });
  await run();
  expect(asked).toEqual(['tenants', 'catalog', 'models', 'tenants']);
  expect(tenants).toEqual([
    { consent: 'assumed', placements: [] },
    { consent: 'assumed', placements: [{ id: 'home', model: MODEL, slots: 20, validitySeconds: 86_400 }] },
  ]);
});

it.each<[string, Scene, string]>([
  [
    'an item is refused',
    { items: () => json(200, { accepted: 0, failed: 1, errors: [{ line: 1, code: 'invalid', reason: 'why' }] }) },
    'items-refused',
  ],
  ['the catalog is away', { items: lost }, 'unreachable'],
  ['the promotion is refused', { promotion: refusal }, 'refused'],
])('leaves offers as they are and takes the version away when %s', async (_, answers, code) => {
  const { run, tenants } = scene(answers);
  await expect(run()).rejects.toMatchObject({ code });
  expect(tenants).toEqual([]);
  expect([stored.path, stored.explanationPath].filter(existsSync)).toEqual([]);
});

it('leaves offers as they are and takes the version away when it is interrupted before the promotion', async () => {
  const { run, asked, stopping } = scene({
    items: () => {
      stopping.abort(new Error('interrupted'));
      return json(200, { accepted: 1, failed: 0, errors: [] });
    },
  });
  await expect(run()).rejects.toThrow('interrupted');
  expect(asked).toEqual(['catalog']);
  expect([stored.path, stored.explanationPath].filter(existsSync)).toEqual([]);
});

it('goes through with it when it is interrupted after the promotion', async () => {
  const { run, asked, stopping } = scene({
    promotion: () => {
      stopping.abort(new Error('interrupted'));
      return json(200, PROMOTED);
    },
  });
  await run();
  expect(asked).toEqual(['catalog', 'models', 'tenants']);
});

it.each<[string, () => Response | Promise<Response>]>([
  ['is lost', lost],
  ['tells of a fault', () => json(503, { code: 'database-unavailable', reason: 'Away.', fix: 'Later.' })],
  ['is a gateway’s', () => new Response('<html>', { status: 502 })],
])('keeps the version, and the placements, when the answer to the promotion %s', async (_, promotion) => {
  const { run, tenants } = scene({ promotion });
  await expect(run()).rejects.toMatchObject({ code: 'promotion-uncertain', canRetry: true });
  expect(tenants).toEqual([]);
  expect([stored.path, stored.explanationPath].map((path) => existsSync(path))).toEqual([true, true]);
});
