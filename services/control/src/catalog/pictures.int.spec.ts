import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { MAX_PICTURE_BYTES, PICTURE_SIDE } from '@offerstream/contracts';
import { decodeImage, jpegOf } from '@offerstream/vision';
import {
  freshPlace,
  recordsOf,
  startReadyControl,
  TEST_TIMEOUT_MS,
  until,
  type ControlPlace,
  type RunningControl,
} from '../running-control.fixture.js';
import { MAX_PHOTO_BYTES } from './take-photos.js';

let place: ControlPlace;
let control: RunningControl;
beforeAll(async () => {
  place = await freshPlace();
  control = await startReadyControl(place);
  await control.call('PUT', '/v1/tenants/shop', { consent: 'assumed', placements: [] });
}, TEST_TIMEOUT_MS);
afterAll(() => control.close());

let items = 0;
const newItem = async (): Promise<string> => {
  const id = `item-${++items}`;
  expect((await control.call('POST', '/v1/catalog/items?tenant=shop', { id })).status).toBe(200);
  return id;
};
const pathOf = (id: string) => `/v1/catalog/items/${id}/picture?tenant=shop`;
const put = (id: string, photo: Uint8Array) => control.call('PUT', pathOf(id), photo);
const shown = (id: string) =>
  fetch(new URL(pathOf(id), control.url), { headers: { authorization: `Bearer ${control.token}` } });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A photo of one colour, or of noise, which is the hardest to make small. */
const photo = (width: number, height: number, pixel: (place: number) => number) =>
  jpegOf({ width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, at) => pixel(at)) });
const red = (at: number) => (at % 3 === 0 ? 220 : 30);
let state = 1;
const noise = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24;

/** Sends a photo without a copy of its own. */
const begin = async (id: string, body: Uint8Array, signal?: AbortSignal) => {
  const headers = {
    authorization: `Bearer ${control.token}`,
    'content-type': 'image/jpeg',
    'content-length': body.length,
  };
  const sent = request(new URL(pathOf(id), control.url), { method: 'PUT', headers, ...(signal && { signal }) });
  // A server that refuses a body does not read it.
  sent.on('error', () => undefined);
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  return { status: answer.statusCode, headers: answer.headers };
};

/** What stands on the topic under an item's key, oldest first. */
const published = async (id: string) =>
  (await recordsOf(place, 'pictures')).filter(({ key }) => key?.toString() === `shop:${id}`);

it('a photo becomes a small JPEG, which is shown, listed and published under its hash', async () => {
  const id = await newItem();
  const sent = await photo(800, 400, red);
  const { status, body } = await put(id, sent);
  expect(status).toBe(200);
  expect(body).toMatchObject({ item: id, sourceSha256: sha256(sent) });

  const answer = await shown(id);
  expect(answer.headers.get('content-type')).toBe('image/jpeg');
  const jpeg = new Uint8Array(await answer.arrayBuffer());
  expect(body['sha256']).toBe(sha256(jpeg));
  const { data } = await decodeImage(jpeg, { width: PICTURE_SIDE, height: PICTURE_SIDE / 2, resize: 'fill' });
  expect([...data.subarray(0, 3)].map((value) => Math.round(value / 10))).toEqual([22, 3, 3]);

  await until(async () => (await published(id)).length > 0);
  const [record] = await published(id);
  expect(new Uint8Array(record?.value ?? [])).toEqual(jpeg);
  expect(String(record?.headers['sha256'])).toBe(sha256(jpeg));
  const list = await control.call('GET', `/v1/catalog/pictures?tenant=shop&limit=1000`);
  expect(list.body['pictures']).toContainEqual(body);
});

it('even noise stays below what the topic takes', async () => {
  const id = await newItem();
  expect((await put(id, await photo(600, 600, noise))).status).toBe(200);
  expect((await (await shown(id)).arrayBuffer()).byteLength).toBeLessThan(MAX_PICTURE_BYTES);
});

it('the same photo sent again changes nothing; it goes with its item', async () => {
  const id = await newItem();
  const sent = await photo(64, 64, red);
  const first = await put(id, sent);
  expect((await put(id, sent)).body).toEqual(first.body);
  expect((await control.call('DELETE', `/v1/catalog/items/${id}?tenant=shop`)).status).toBe(204);
  await until(async () => (await published(id)).some(({ value }) => value === null));
  expect((await published(id)).map(({ value }) => value === null)).toEqual([false, true]);
  expect((await control.call('GET', pathOf(id))).body['code']).toBe('item-unknown');
});

it('a picture that is taken away is gone, its item is not', async () => {
  const id = await newItem();
  expect(await control.call('DELETE', pathOf(id))).toMatchObject({ status: 404, body: { code: 'picture-unknown' } });
  await put(id, await photo(64, 64, red));
  expect((await control.call('DELETE', pathOf(id))).status).toBe(204);
  expect(await control.call('GET', pathOf(id))).toMatchObject({ status: 404, body: { code: 'picture-unknown' } });
  expect((await control.call('GET', `/v1/catalog/items/${id}?tenant=shop`)).status).toBe(200);
});

it.each<[string, Uint8Array | undefined, number, string]>([
  ['nothing', undefined, 400, 'no-photo'],
  ['no bytes', new Uint8Array(), 400, 'image-empty'],
  [
    'an SVG that names a file',
    Buffer.from('<svg xmlns="x"><image href="file:///etc/passwd"/></svg>'),
    415,
    'image-type',
  ],
  ['a zip', Buffer.from('PK\x03\x04 and more'), 415, 'image-type'],
  ['a photo that ends early', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), 400, 'image-unreadable'],
  ['more bytes than are taken', new Uint8Array(MAX_PHOTO_BYTES + 1), 413, 'too-large'],
])('%s is refused with a reason, and what was there stays', async (_, sent, status, code) => {
  const id = await newItem();
  const { body: before } = await put(id, await photo(8, 8, red));
  const refused = await control.call('PUT', pathOf(id), sent);
  expect(refused).toMatchObject({ status, body: { code, fix: expect.stringMatching(/\w/) as string } });
  expect(sha256(new Uint8Array(await (await shown(id)).arrayBuffer()))).toBe(before['sha256']);
});

describe('a hundred photos at once', () => {
  const AT_ONCE = 100;
  let ids: readonly string[];
  beforeAll(async () => {
    ids = await Promise.all(Array.from({ length: AT_ONCE }, newItem));
  });

  it('are taken as far as there is room, and the others told to come again', async () => {
    // What follows a JPEG's end is not looked at.
    const large = Buffer.concat([await photo(8, 8, red), Buffer.alloc(4 * 2 ** 20)]);
    const before = process.memoryUsage.rss();
    let worst = 0;
    const watch = setInterval(() => (worst = Math.max(worst, process.memoryUsage.rss() - before)), 1);
    const answers = await Promise.all(ids.map((id) => begin(id, large)));
    clearInterval(watch);
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    for (const { status, headers } of answers) if (status === 429) expect(headers['retry-after']).toBe('1');
    expect(worst).toBeLessThan(300e6);
  });

  it('whose clients go away are not worked on', async () => {
    const side = 7_000;
    const slow = await jpegOf({ width: side, height: side, data: new Uint8Array(side * side * 3) });
    const leaving = new AbortController();
    const sent = ids.slice(0, 20).map((id) => begin(id, slow, leaving.signal));
    await Promise.any(sent);
    leaving.abort();
    await Promise.allSettled(sent);
    expect((await put(await newItem(), await photo(8, 8, red))).status).toBe(200);
    const kept = await control.call('GET', '/v1/catalog/pictures?tenant=shop&limit=1000');
    const taken = (kept.body['pictures'] as { sourceSha256: string }[]).filter(
      ({ sourceSha256 }) => sourceSha256 === sha256(slow),
    );
    expect(taken.length).toBeLessThan(15);
  });
});
