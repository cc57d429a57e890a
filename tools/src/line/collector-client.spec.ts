import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CollectorClient } from './collector-client.js';

const CALL = { type: 'track', userId: 'anna', messageId: 'm', event: 'Product Viewed', properties: {} };
const CALLS = [JSON.stringify(CALL)];
const { signal } = new AbortController();

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Asked {
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly offer: unknown;
  readonly body: unknown;
}

/** A collector that answers so; without a status it does not answer. */
const clientOf = async (status?: number, answer: object = {}) => {
  const asked: Asked[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { authorization: key, 'x-offerstream-offer': offer } = request.headers;
      asked.push({ url: request.url, key, offer, body: JSON.parse(body) as unknown });
      if (status !== undefined) response.writeHead(status).end(JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: new CollectorClient({ url, writeKey: 'key' }), asked };
};
const KEY = `Basic ${Buffer.from('key:').toString('base64')}`;

it('sends calls as they happen, with the time at which they are sent', async () => {
  const { client, asked } = await clientOf(200);
  expect(await client.send(CALLS, signal)).toEqual([]);
  expect(asked).toEqual([
    {
      url: '/v1/batch',
      key: KEY,
      offer: undefined,
      body: { batch: [CALL], sentAt: expect.stringMatching(/^\d{4}-/) as string },
    },
  ]);
});

it('sends history, each event of which is to have an offer', async () => {
  const { client, asked } = await clientOf(200);
  expect(await client.sendHistory(CALLS, signal)).toEqual([]);
  expect(asked).toEqual([{ url: '/v1/import', key: KEY, offer: 'each', body: { batch: [CALL] } }]);
});

it.each([200, 400])('tells which events were refused in an answer %i', async (status) => {
  const refused = [{ index: 0, reason: 'invalid' }];
  const { client } = await clientOf(status, { refused });
  expect(await client.send(CALLS, signal)).toEqual(refused);
});

it.each([
  [401, 'write-key-refused', true],
  [429, 'collector-away', true],
  [503, 'collector-away', true],
  [400, 'request-refused', false],
  [413, 'request-refused', false],
])('tells of an answer %i whether the same may be sent again', async (status, code, canRetry) => {
  const { client } = await clientOf(status);
  await expect(client.send(CALLS, signal)).rejects.toMatchObject({ code, canRetry });
});

it('gives up waiting when it is told to', async () => {
  const { client } = await clientOf();
  const stopping = new AbortController();
  server.on('request', () => stopping.abort());
  await expect(client.send(CALLS, stopping.signal)).rejects.toMatchObject({ code: 'collector-away' });
});
