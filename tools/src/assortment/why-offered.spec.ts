import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ItemId } from '@offerstream/contracts';
import { whyOffered } from './why-offered.js';

const BOOTS = { subject: 'anna', item: 'boots' as ItemId };

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A gateway that answers so, and what it was asked. */
const gatewayThatAnswers = async (status: number, answer: object) => {
  const asked: unknown[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push([request.url, request.headers.authorization, JSON.parse(body)]);
      response.writeHead(status).end(JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { gateway: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: 'secret' }, asked };
};

it('asks for the shopper, and tells what speaks for the item', async () => {
  const sources = [
    { source: 'text', value: 0.25 },
    { source: 'image', value: 0.75 },
  ];
  const { gateway, asked } = await gatewayThatAnswers(200, {
    items: [
      { item: 'tent', explanation: null },
      { item: 'boots', explanation: { sentence: 's', sources } },
    ],
  });
  expect(await whyOffered(gateway, BOOTS)).toEqual([
    { source: 'image', share: 0.75 },
    { source: 'text', share: 0.25 },
  ]);
  const body = { subject: 'anna', placement: 'discover', limit: 50, explain: true };
  expect(asked).toEqual([['/v1/recommendations', 'Bearer secret', body]]);
});

it('tells nothing of an item that the shopper is not offered any more', async () => {
  const { gateway } = await gatewayThatAnswers(200, { items: [{ item: 'tent', explanation: null }] });
  expect(await whyOffered(gateway, BOOTS)).toEqual([]);
});

it('says what the gateway says when it does not answer', async () => {
  const { gateway } = await gatewayThatAnswers(503, { code: 'model-away' });
  await expect(whyOffered(gateway, BOOTS)).rejects.toThrow('503: {"code":"model-away"}');
});
