import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jpegOf } from '@offerstream/vision';
import {
  freshPlace,
  recordsOf,
  startControlProcess,
  startReadyControl,
  TEST_TIMEOUT_MS,
  until,
  type ControlPlace,
  type RunningControl,
} from '../running-control.fixture.js';

const ALLOWING = { PICTURE_PRIVATE_HOSTS: 'localhost' };
const SETTINGS = { consent: 'assumed', placements: [] };

let place: ControlPlace;
let control: RunningControl;
/** The shop's own server. */
let server: Server;
let origin: string;
let asked: string[];
let answer: RequestListener;
let aheadMs = 0;
const clock = () => new Date(Date.now() + aheadMs);
let red: Uint8Array;
let blue: Uint8Array;

beforeAll(async () => {
  [red, blue] = await Promise.all([photo(200, 20, 30), photo(20, 30, 200)]);
  place = await freshPlace();
  control = await startReadyControl(place, ALLOWING, clock);
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
}, TEST_TIMEOUT_MS);
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await control.close();
});

let tenants = 0;
let tenant: string;
beforeEach(async () => {
  asked = [];
  answer = ({ url }, response) => response.end(url?.startsWith('/blue') === true ? blue : red);
  tenant = `shop-${++tenants}`;
  await allow('localhost');
});

const photo = (...rgb: readonly number[]) =>
  jpegOf({ width: 16, height: 16, data: Uint8Array.from({ length: 768 }, (_, at) => rgb[at % 3] ?? 0) });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const allow = (...pictureHosts: readonly string[]) =>
  control.call('PUT', `/v1/tenants/${tenant}`, { ...SETTINGS, pictureHosts });
const put = async (id: string, path: string) => {
  const answered = await control.call('POST', `/v1/catalog/items?tenant=${tenant}`, {
    id,
    pictureUrl: `${origin}${path}`,
  });
  expect(answered.status).toBe(200);
};
const picture = async (id: string) => {
  const answered = await fetch(new URL(`/v1/catalog/items/${id}/picture?tenant=${tenant}`, control.url), {
    headers: { authorization: `Bearer ${control.token}` },
  });
  return answered.status === 200 ? new Uint8Array(await answered.arrayBuffer()) : ((await answered.json()) as object);
};
type Shown = Readonly<Record<string, unknown>> & { readonly item: string; readonly status: string };
const fetches = async (status?: string) => {
  const only = status === undefined ? '' : `&status=${status}`;
  return (await control.call('GET', `/v1/catalog/picture-fetches?tenant=${tenant}${only}`)).body['fetches'] as Shown[];
};
const untilIs = (id: string, status: string) =>
  until(async () => (await fetches(status)).some(({ item }) => item === id));
const untilCounted = (result: string, times: number) =>
  until(async () =>
    (await control.metrics.metrics()).includes(
      `offerstream_control_picture_fetches_total{result="${result}"} ${times}\n`,
    ),
  );
const untilAsked = (times: number) => until(() => asked.length >= times);

it('what an item names is fetched, kept and published as a photo that was sent; and anew under another URL', async () => {
  await put('a', '/red.jpg');
  await untilIs('a', 'done');
  const jpeg = (await picture('a')) as Uint8Array;
  const list = async () => (await control.call('GET', `/v1/catalog/pictures?tenant=${tenant}`)).body['pictures'];
  expect(await list()).toEqual([{ item: 'a', sha256: sha256(jpeg), sourceSha256: sha256(red) }]);
  await put('a', '/blue.jpg');
  await until(async () => JSON.stringify(await list()).includes(sha256(blue)));
  expect(asked).toEqual(['/red.jpg', '/blue.jpg']);
  const published = async () =>
    (await recordsOf(place, 'pictures')).filter(({ key }) => key?.toString() === `${tenant}:a`);
  await until(async () => (await published()).length === 2);
  expect(new Uint8Array((await published())[0]?.value ?? [])).toEqual(jpeg);
  const { body } = await control.call('GET', `/v1/tenants/${tenant}/audit?limit=1`);
  expect(body['records']).toMatchObject([
    { operation: 'fetchPicture', by: { kind: 'service', id: 'control' }, target: 'picture of item a' },
  ]);
});

it('of many that are sent at once each is fetched, once', async () => {
  const other = await startReadyControl(place, ALLOWING);
  try {
    const ids = Array.from({ length: 40 }, (_, at) => `item-${at}`);
    const lines = ids.map((id) => JSON.stringify({ id, pictureUrl: `${origin}/${id}` })).join('\n');
    await control.call('POST', `/v1/catalog/items?tenant=${tenant}`, lines);
    await until(async () => (await fetches('done')).length === ids.length);
    expect(asked.sort()).toEqual(ids.map((id) => `/${id}`).sort());
  } finally {
    await other.close();
  }
});

it('why one could not be is told with the item’s picture and in the list, and it is tried again when it is sent again', async () => {
  answer = (_request, response) => response.end('<svg/>');
  await put('a', '/a.jpg');
  await untilIs('a', 'failed');
  expect(await picture('a')).toMatchObject({
    code: 'picture-unknown',
    reason: expect.stringMatching(/could not be fetched: the image is an SVG/) as string,
  });
  expect(await fetches()).toEqual([
    {
      item: 'a',
      url: `${origin}/a.jpg`,
      status: 'failed',
      attempts: 1,
      failure: { code: 'image-type', reason: expect.stringMatching(/SVG/) as string },
    },
  ]);
  answer = (_request, response) => response.end(red);
  await put('a', '/a.jpg');
  await untilIs('a', 'done');
  await untilCounted('image-type', 1);
});

it('a host is asked for the tenant that allows it, as soon as it does', async () => {
  await allow();
  await put('a', '/a.jpg');
  await untilIs('a', 'failed');
  expect(await fetches()).toMatchObject([{ failure: { code: 'host-not-allowed' } }]);
  expect(asked).toEqual([]);
  await allow('localhost');
  await untilIs('a', 'done');
});

it('one whose server fails is asked again later, and given up in the end', async () => {
  answer = (_request, response) => response.writeHead(503).end();
  await put('a', '/a.jpg');
  for (let attempts = 1; attempts < 6; attempts++) {
    await untilCounted('bad-answer', attempts);
    const [shown] = await fetches();
    expect(shown).toMatchObject({ attempts, failure: { code: 'bad-answer', reason: 'localhost answered 503' } });
    const dueMs = Date.parse(shown?.['dueAt'] as string);
    expect(dueMs).toBeGreaterThan(clock().getTime());
    aheadMs += dueMs - clock().getTime();
  }
  await untilIs('a', 'failed');
  expect(asked).toHaveLength(6);
});

/** Item a is being fetched, and will be until one of these is answered; others are blue. */
const holdBack = async (): Promise<readonly ServerResponse[]> => {
  const held: ServerResponse[] = [];
  answer = ({ url }, response) => {
    if (url === '/held') held.push(response);
    else response.end(blue);
  };
  await put('a', '/held');
  await untilAsked(1);
  return held;
};

it('another URL makes what is under way void', async () => {
  const held = await holdBack();
  await put('a', '/blue');
  await untilIs('a', 'done');
  const kept = await picture('a');
  held[0]?.end(red);
  await untilCounted('not-wanted', 1);
  expect(await picture('a')).toEqual(kept);
});

it('what takes long is not fetched by another, too, when the claim of the beginning has ended', async () => {
  const held = await holdBack();
  const claimedUntil = async () => Date.parse((await fetches('waiting'))[0]?.['dueAt'] as string);
  for (let renewals = 0; renewals < 2; renewals++) {
    const before = await claimedUntil();
    aheadMs += 61_000;
    await until(async () => (await claimedUntil()) > before);
  }
  await put('b', '/b');
  await untilIs('b', 'done');
  held[0]?.end(red);
  await until(async () => (await fetches('done')).length === 2);
  expect(asked).toEqual(['/held', '/b']);
});

describe('when the service ends in the middle', () => {
  it('what it was at is fetched by the next at once, where it could say so', async () => {
    answer = () => undefined;
    await put('a', '/a.jpg');
    await untilAsked(1);
    await control.close();
    answer = (_request, response) => response.end(red);
    control = await startReadyControl(place, ALLOWING, clock);
    await untilIs('a', 'done');
    expect(await fetches()).toMatchObject([{ attempts: 1 }]);
  });

  it('what it was at is fetched when its claim has ended, where it could not', async () => {
    await control.close();
    answer = () => undefined;
    const killed = await startControlProcess(place, '', ALLOWING);
    await until(async () => (await killed.call('GET', '/v1/tenants')).status === 200);
    await killed.call('POST', `/v1/catalog/items?tenant=${tenant}`, { id: 'a', pictureUrl: `${origin}/a.jpg` });
    await untilAsked(1);
    await killed.kill('SIGKILL');
    aheadMs = 0;
    answer = (_request, response) => response.end(red);
    control = await startReadyControl(place, ALLOWING, clock);
    expect(await fetches('waiting')).toMatchObject([{ item: 'a', attempts: 1 }]);
    aheadMs += 120_000;
    await untilIs('a', 'done');
    expect(await fetches()).toMatchObject([{ attempts: 2 }]);
  });
});
