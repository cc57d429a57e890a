import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { waitUntil } from '@offerstream/infra';
import { kafkaBrokers } from '@offerstream/testing';
import { Line } from './line.js';
import { ask, serveControl, serveGateway, type ServedApi } from './serving.js';

/** Of JSON, in bytes. */
const MAX_BODY = 256 * 1024;
/** Not the line's own: its record would replace the one that has the gateway's key. */
const TENANT = 'limited';
const OUTCOME = { type: 'click', subject: 'anna', offerId: '0'.repeat(32) };

let line: Line;
let apis: Readonly<Record<'gateway' | 'control', ServedApi>>;
beforeAll(async () => {
  line = await Line.prepare(await kafkaBrokers());
  await line.startInference();
  apis = { gateway: await serveGateway(line), control: await serveControl(line) };
  await ask(apis.control, 'PUT', `/v1/tenants/${TENANT}`, { consent: 'assumed', placements: [] });
}, 240_000);
afterAll(() => line.close(), 120_000);

interface Answer {
  readonly status: number;
  readonly code: unknown;
}

const PATHS = { gateway: '/v1/outcomes', control: `/v1/catalog/items?tenant=${TENANT}` } as const;

const post = async (
  name: keyof typeof PATHS,
  body: NonNullable<RequestInit['body']>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const { url, token } = apis[name];
  const response = await fetch(`${url}${PATHS[name]}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
    duplex: 'half',
  });
  const { code } = response.ok ? {} : ((await response.json()) as { readonly code?: unknown });
  return { status: response.status, code };
};

/** A body that is fine but for `more`, which stands where each API takes anything, or would refuse it by name. */
const withMore = (name: keyof typeof PATHS, more: string): string =>
  name === 'gateway'
    ? `{"outcomes": [${JSON.stringify(OUTCOME)}], "more": ${more}}`
    : `{"id": "item-1", "more": ${more}}`;

describe.each(['gateway', 'control'] as const)('%s', (name) => {
  it('takes what is within its limits', async () => {
    const fine = name === 'gateway' ? JSON.stringify({ outcomes: [OUTCOME] }) : withMore(name, '[[["deep"]]]');
    // The first outcome takes a busy machine longer than a report may wait.
    const isTaken = async (): Promise<boolean> => (await post(name, fine)).status < 300;
    expect(await waitUntil(isTaken, { timeoutMs: 60_000 })).toBe(true);
  });

  it('refuses a body that is too large, also when it does not say how large it is', async () => {
    const large = withMore(name, JSON.stringify('x'.repeat(MAX_BODY)));
    const tooLarge = { status: 413, code: 'too-large' };
    expect(await post(name, large)).toEqual(tooLarge);
    expect(await post(name, new Blob([large]).stream())).toEqual(tooLarge);
  });

  it('unpacks nothing, so that little can not become much', async () => {
    const packed = gzipSync(withMore(name, JSON.stringify('x'.repeat(50_000_000))));
    expect(packed.length).toBeLessThan(MAX_BODY);
    expect(await post(name, packed, { 'content-encoding': 'gzip' })).toEqual({ status: 415, code: 'content-encoding' });
  });

  it.each([
    ['more than 32 levels', '['.repeat(40) + ']'.repeat(40), 'unstorable'],
    ['100,000 levels', '['.repeat(100_000) + ']'.repeat(100_000), 'unstorable'],
    ['a key __proto__', '{"__proto__": {"admin": true}}', 'unreadable'],
    ['a key __proto__ in other letters', '{"\\u005f_proto__": {"admin": true}}', 'unreadable'],
    ['a key constructor with prototype', '{"constructor": {"prototype": {"admin": true}}}', 'unreadable'],
  ])('refuses %s', async (_, more, code) => {
    expect(await post(name, withMore(name, more))).toEqual({ status: 400, code });
  });

  it('refuses more headers than it has room for', async () => {
    const { url } = apis[name];
    const { status } = await fetch(`${url}/openapi.json`, { headers: { 'x-much': 'x'.repeat(20_000) } });
    expect(status).toBe(431);
  });
});

const answerToHalf = async (name: keyof typeof PATHS): Promise<string> => {
  const { url, token } = apis[name];
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // An import of items is given more time than others.
  const asked = name === 'gateway' ? `POST ${PATHS[name]}` : `PUT /v1/tenants/${TENANT}`;
  socket.write(
    `${asked} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
};

it('neither waits for a sender that stops in the middle', async () => {
  for (const answer of await Promise.all([answerToHalf('gateway'), answerToHalf('control')])) {
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toContain('"code":"timed-out"');
  }
});

it('the gateway refuses more outcomes at once than it takes, and lists longer than they may be', async () => {
  const refused = { status: 400, code: 'invalid' };
  expect(await post('gateway', JSON.stringify({ outcomes: Array(101).fill(OUTCOME) }))).toEqual(refused);
  const items = Array(201).fill({ item: 'item-1' });
  expect(await post('gateway', JSON.stringify({ outcomes: [{ ...OUTCOME, items }] }))).toEqual(refused);
});

it('control refuses a tenant with more placements than it takes', async () => {
  const placement = (index: number) => ({ id: `p-${index}`, model: 'e2e.model', slots: 1, validitySeconds: 1 });
  const placements = Array.from({ length: 51 }, (_, index) => placement(index));
  await expect(ask(apis.control, 'PUT', `/v1/tenants/${TENANT}`, { consent: 'assumed', placements })).rejects.toThrow(
    / 400 .*"code":"invalid"/,
  );
});
