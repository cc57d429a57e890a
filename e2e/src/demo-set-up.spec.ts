import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { freePort, waitUntil } from '@offerstream/infra';
import { apiKeyId, hashApiKey } from '@offerstream/tenancy';
import { freshDatabase, kafkaBrokers } from '@offerstream/testing';
import { Line } from './line.js';
import { ask, type ServedApi } from './serving.js';
import { ROOT } from './started-line.js';

interface ShownModels {
  readonly models: readonly { readonly name: string; readonly version: string }[];
}
interface ShownKeys {
  readonly keys: readonly { readonly id: string; readonly kind: string; readonly purpose: string }[];
}
interface ShownTenant {
  readonly consent: string;
  readonly placements: readonly { readonly id: string }[];
  readonly version: number;
}

const HOME = { id: 'home', model: 'demo.behaviour', slots: 20, validitySeconds: 86_400 };
const HOME_POPULAR = { ...HOME, id: 'home-popular', model: 'demo.popular' };
const DISCOVER = { ...HOME, id: 'discover', model: 'demo.content', slots: 50 };

let line: Line;
let port: number;

beforeEach(async () => {
  line = await Line.prepare(await kafkaBrokers());
  port = await freePort();
  await mkdir(line.path('demo'));
}, 120_000);
afterEach(() => line.close());

const startControl = async (): Promise<ServedApi> => {
  const control = await line.start('control', {
    CONTROL_PORT: String(port),
    CONTROL_DATA: line.path('control'),
    DATABASE_URL: await freshDatabase(),
  });
  await control.ready();
  return { url: `http://127.0.0.1:${port}`, token: (await readFile(line.path('control/admin-token'), 'utf8')).trim() };
};

/** The program that Compose runs; ends with its exit code and what it has printed. */
const setUpDemo = (onOutput: (text: string) => void = () => undefined): Promise<readonly [number, string]> => {
  const child = spawn(process.execPath, [`${ROOT}tools/dist/set-up-demo.js`], {
    env: {
      PATH: process.env['PATH'],
      CONTROL_URL: `http://127.0.0.1:${port}`,
      CONTROL_DATA: line.path('control'),
      MODELS_DIR: line.path('models'),
      DEMO_DATA: line.path('demo'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      onOutput(output);
    });
  }
  return once(child, 'close').then(([code]) => [Number(code), output] as const);
};

const apiKey = async (): Promise<string> => (await readFile(line.path('demo/api-key'), 'utf8')).trim();

it("brings the demo's shop in as soon as the back office runs, and once", async () => {
  let output = '';
  const first = setUpDemo((text) => (output = text));
  expect(await waitUntil(() => output.includes('waiting for the back office'), { timeoutMs: 120_000 })).toBe(true);
  const control = await startControl();
  expect(await first).toEqual([0, expect.stringContaining(`its secret key stands in ${line.path('demo/api-key')}`)]);

  const tenant = await ask<ShownTenant>(control, 'GET', '/v1/tenants/demo');
  expect(tenant).toMatchObject({ consent: 'assumed', placements: [HOME, HOME_POPULAR, DISCOVER] });
  const { keys } = await ask<ShownKeys>(control, 'GET', '/v1/tenants/demo/keys');
  expect(keys.map(({ kind, purpose }) => [kind, purpose]).sort()).toEqual([
    ['sk', 'demo'],
    ['wk', 'demo'],
  ]);
  expect(keys.map(({ id }) => id)).toContain(apiKeyId(hashApiKey(await apiKey())));
  const { models } = await ask<ShownModels>(control, 'GET', '/v1/models?tenant=demo');
  expect(models.map(({ name, version }) => [name, version]).sort()).toEqual([
    ['demo.behaviour', '1'],
    ['demo.popular', '1'],
    ['demo.together', '1'],
  ]);

  const { items } = await ask<{ readonly items: readonly { readonly item: { readonly id: string } }[] }>(
    control,
    'GET',
    '/v1/catalog/items?tenant=demo&limit=1000',
  );
  const { pictures } = await ask<{ readonly pictures: readonly { readonly item: string }[] }>(
    control,
    'GET',
    '/v1/catalog/pictures?tenant=demo&limit=1000',
  );
  expect(pictures.map(({ item }) => item)).toEqual(items.map(({ item }) => item.id));

  expect(await setUpDemo()).toEqual([0, expect.stringContaining('has been set up before')]);
  expect(await ask<ShownTenant>(control, 'GET', '/v1/tenants/demo')).toEqual(tenant);
  expect(await ask<ShownModels>(control, 'GET', '/v1/models?tenant=demo')).toEqual({ models });
}, 600_000);

it.each([
  ['1', '2'],
  ['3', '3'],
])(
  'a data folder of version 0.1 gets what its demo lacks, and what people have changed since stays (serving: %s)',
  async (serving, serves) => {
    const control = await startControl();
    const home = { ...HOME, slots: 5 };
    const own = { ...HOME, id: 'cart', model: 'demo.own' };
    await ask(control, 'PUT', '/v1/tenants/demo', { consent: 'required', placements: [home, own] });
    for (const [name, version] of [
      ['demo.behaviour', serving],
      ['demo.popular', '7'],
    ] as const) {
      const family = name.slice('demo.'.length);
      await ask(control, 'PUT', `/v1/models/${name}?tenant=demo`, { version, family, popular: ['tents-12'] });
    }
    await mkdir(line.path('models/demo.behaviour/1'), { recursive: true });
    const promotion = {
      tenant: 'demo',
      name: 'demo.behaviour',
      version: '1',
      family: 'behaviour',
      popular: ['tents-12'],
    };
    await writeFile(line.path('demo/demo.json'), JSON.stringify({ promotion, handedOver: true }, null, 2));

    expect(await setUpDemo()).toEqual([0, expect.stringContaining('the demo shop is set up')]);
    const tenant = await ask<ShownTenant>(control, 'GET', '/v1/tenants/demo');
    expect(tenant.consent).toBe('required');
    expect(tenant.placements).toHaveLength(4);
    expect(tenant.placements).toEqual(expect.arrayContaining([home, own, HOME_POPULAR, DISCOVER]));
    const { keys } = await ask<ShownKeys>(control, 'GET', '/v1/tenants/demo/keys');
    expect(keys).toMatchObject([{ kind: 'sk', purpose: 'demo', id: apiKeyId(hashApiKey(await apiKey())) }]);
    const { models } = await ask<ShownModels>(control, 'GET', '/v1/models?tenant=demo');
    expect(models.map(({ name, version }) => [name, version]).sort()).toEqual([
      ['demo.behaviour', serves],
      ['demo.popular', '7'],
      ['demo.together', '1'],
    ]);
    const { items } = await ask<{ readonly items: readonly unknown[] }>(
      control,
      'GET',
      '/v1/catalog/items?tenant=demo&limit=1',
    );
    expect(items).toEqual([]);

    // A placement that people take away does not come back.
    await ask(control, 'PUT', '/v1/tenants/demo', { consent: 'required', placements: [home] });
    expect(await setUpDemo()).toEqual([0, expect.stringContaining('has been set up before')]);
    expect((await ask<ShownTenant>(control, 'GET', '/v1/tenants/demo')).placements).toEqual([home]);
  },
  300_000,
);
