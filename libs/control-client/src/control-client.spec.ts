import type { CatalogItem, ItemId, TenantId } from '@offerstream/contracts';
import { ControlClient } from './control-client.js';

const TENANT = 'shop' as TenantId;
const item = (id: number): CatalogItem => ({ id: `i${id}` as ItemId, categories: [], available: true });
const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

/** A back office that answers as told and remembers the bodies. */
const clientOf = (answer: (body: string) => Response) => {
  const bodies: string[] = [];
  const client = new ControlClient({
    url: 'http://127.0.0.1:1',
    token: 'secret',
    fetch: (_url, init) => {
      const body = init?.body as string;
      bodies.push(body);
      expect(new Headers(init?.headers).get('authorization')).toBe('Bearer secret');
      return Promise.resolve(answer(body));
    },
  });
  return { client, bodies };
};

it('sends many items in requests of a few thousand and numbers the refused ones over all of them', async () => {
  const { client, bodies } = clientOf((body) => {
    const lines = body.split('\n').length;
    return json(200, { accepted: lines - 1, failed: 1, errors: [{ line: 2, code: 'invalid', reason: 'why' }] });
  });
  const progress: number[] = [];
  const items = async function* () {
    for (let id = 0; id < 12_000; id++) yield await Promise.resolve(item(id));
  };
  const result = await client.putItems(TENANT, items(), ({ accepted }) => progress.push(accepted));
  expect(bodies.map((body) => body.split('\n').length)).toEqual([5_000, 5_000, 2_000]);
  expect(progress).toEqual([4_999, 9_998, 11_997]);
  expect(result).toMatchObject({ accepted: 11_997, failed: 3 });
  expect(result.errors.map(({ number }) => number)).toEqual([2, 5_002, 10_002]);
});

it('sends nothing when there are no items', async () => {
  const { client, bodies } = clientOf(() => json(500, {}));
  expect(await client.putItems(TENANT, [])).toEqual({ accepted: 0, failed: 0, errors: [] });
  expect(bodies).toEqual([]);
});

it('says what the back office says, and whether the call may be repeated', async () => {
  const problem = { code: 'database-unavailable', reason: 'The database does not answer.', fix: 'Later.' };
  const { client } = clientOf(() => json(503, problem));
  await expect(client.putTenant({ id: TENANT, consent: 'assumed', placements: [] })).rejects.toMatchObject({
    code: 'database-unavailable',
    canRetry: true,
    message: 'The database does not answer. Later.',
  });
  const refusing = clientOf(() => json(404, { code: 'tenant-unknown', reason: 'No.', fix: 'Create it.' }));
  await expect(refusing.client.createKey(TENANT, { purpose: 'x', kind: 'wk' })).rejects.toMatchObject({
    canRetry: false,
  });
});

it('reads a list to its end, page by page', async () => {
  const asked: string[] = [];
  const key = (id: string) => ({
    id,
    purpose: 'web',
    kind: 'sk',
    mode: 'live',
    scopes: [],
    created: '2026-03-01T00:00:00.000Z',
    expiresAt: null,
    lastUsedAt: null,
  });
  const client = new ControlClient({
    url: 'http://127.0.0.1:1',
    token: 'secret',
    fetch: (url) => {
      const { pathname, searchParams } = url as URL;
      asked.push(pathname);
      const after = searchParams.get('after');
      return Promise.resolve(
        json(200, after === null ? { keys: [key('a')], next: 'a' } : { keys: [key(`${after}b`)] }),
      );
    },
  });
  expect((await client.listKeys(TENANT)).map(({ id }) => id)).toEqual(['a', 'ab']);
  expect(asked).toEqual(['/v1/tenants/shop/keys', '/v1/tenants/shop/keys']);
});

it('reads the models of one tenant to their end', async () => {
  const model = (name: string) => ({
    tenant: TENANT,
    name,
    version: '1',
    family: 'behaviour',
    popular: [],
    promotedAt: '2026-03-01T00:00:00.000Z',
  });
  const asked: string[] = [];
  const client = new ControlClient({
    url: 'http://127.0.0.1:1',
    token: 'secret',
    fetch: (url) => {
      const { search, searchParams } = url as URL;
      asked.push(search);
      const isFirst = searchParams.get('after') === null;
      return Promise.resolve(
        json(200, isFirst ? { models: [model('shop.a')], next: 'shop.a' } : { models: [model('shop.b')] }),
      );
    },
  });
  expect((await client.listModels(TENANT)).map(({ name }) => name)).toEqual(['shop.a', 'shop.b']);
  expect(asked).toEqual(['?tenant=shop&limit=1000', '?tenant=shop&limit=1000&after=shop.a']);
});

it('says which version it has read', async () => {
  const sent: (string | null)[] = [];
  const client = new ControlClient({
    url: 'http://127.0.0.1:1',
    token: 'secret',
    fetch: (_url, init) => {
      sent.push(new Headers(init?.headers).get('if-match'));
      return Promise.resolve(
        json(200, { id: TENANT, consent: 'assumed', placements: [], pictureHosts: [], version: 8 }),
      );
    },
  });
  await client.putTenant({ id: TENANT, consent: 'assumed', placements: [] }, 7);
  await client.putTenant({ id: TENANT, consent: 'assumed', placements: [] });
  expect(sent).toEqual(['"7"', null]);
});

it('an answer of something else than the back office is told as such', async () => {
  const { client } = clientOf(() => new Response('<html>', { status: 200 }));
  await expect(client.createKey(TENANT, { purpose: 'x', kind: 'wk' })).rejects.toMatchObject({
    code: 'unexpected-answer',
  });
});

it('says where nothing answers', async () => {
  const client = new ControlClient({ url: 'http://127.0.0.1:1', token: 'secret' });
  await expect(client.putItems(TENANT, [item(1)])).rejects.toMatchObject({
    code: 'unreachable',
    canRetry: true,
    message: expect.stringContaining('http://127.0.0.1:1') as string,
  });
});

it('sends a photo as it is, for the item that is named', async () => {
  const photo = Uint8Array.of(0x89, 0, 0xff);
  const shown = { item: 'a/b', sha256: 'a', sourceSha256: 'b' };
  const client = new ControlClient({
    url: 'http://127.0.0.1:1',
    token: 'secret',
    fetch: (url, init) => {
      expect((url as URL).pathname).toBe('/v1/catalog/items/a%2Fb/picture');
      expect(init?.body).toBe(photo);
      expect(new Headers(init?.headers).get('content-type')).toMatch(/^image\//);
      return Promise.resolve(json(200, shown));
    },
  });
  expect(await client.putPicture(TENANT, 'a/b', photo)).toEqual(shown);
});
