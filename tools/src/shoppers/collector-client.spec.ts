import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SegmentTrack } from '@offerstream/demo-shop';
import { CollectorClient } from './collector-client.js';

const BATCH: readonly SegmentTrack[] = [
  {
    type: 'track',
    userId: 'anna',
    messageId: 'm',
    timestamp: '2026-01-01T00:00:00Z',
    event: 'Product Viewed',
    properties: {},
  },
];

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A server that answers with these statuses, one after the other; the last one for ever. */
const clientOf = async (...statuses: readonly number[]) => {
  const bodies: string[] = [];
  const keys: (string | undefined)[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      response.writeHead(statuses[Math.min(bodies.length, statuses.length - 1)] ?? 500).end('{}');
      bodies.push(body);
      keys.push(request.headers.authorization);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const retries: string[] = [];
  const client = new CollectorClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writeKey: 'key',
    onRetry: (reason) => retries.push(reason),
  });
  return { client, bodies, keys, retries };
};

it('sends a batch with the write key', async () => {
  const { client, bodies, keys } = await clientOf(200);
  expect(await client.send(BATCH, new AbortController().signal)).toBe(true);
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ batch: BATCH });
  expect(keys).toEqual([`Basic ${Buffer.from('key:').toString('base64')}`]);
});

it('sends a batch again, the same, until it is accepted', async () => {
  const { client, bodies, retries } = await clientOf(401, 503, 429, 200);
  expect(await client.send(BATCH, new AbortController().signal)).toBe(true);
  expect(bodies.map((body) => (JSON.parse(body) as { batch: unknown }).batch)).toEqual([BATCH, BATCH, BATCH, BATCH]);
  expect(retries).toHaveLength(3);
});

it('gives up when it is stopped, and when the collector will never take the batch', async () => {
  const { client } = await clientOf(503);
  expect(await client.send(BATCH, AbortSignal.timeout(100))).toBe(false);
  server.close();
  const refusing = await clientOf(400);
  await expect(refusing.client.send(BATCH, new AbortController().signal)).rejects.toMatchObject({
    code: 'batch-refused',
  });
});
