import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOfferstreamClient } from './offerstream-client.js';
import { OfferstreamError } from './offerstream-error.js';

let server: Server;
let respond: (request: IncomingMessage, response: ServerResponse) => void;

const client = () =>
  createOfferstreamClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    apiKey: 'ofs_sk_test_x',
  });

const trending = () => client().get('/v1/trending');

beforeAll(async () => {
  server = createServer((request, response) => respond(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

describe('the client', () => {
  it('asks with its key and hands over the body of the answer', async () => {
    respond = ({ method, url, headers }, response) =>
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ asked: `${method ?? ''} ${url ?? ''}`, with: headers.authorization }));
    expect(
      await client().get('/v1/offers/{subject}', {
        params: { path: { subject: 'anna/1' }, query: { placement: 'home & garden' } },
      }),
    ).toEqual({ asked: 'GET /v1/offers/anna%2F1?placement=home%20%26%20garden', with: 'Bearer ofs_sk_test_x' });
  });

  it('throws what a problem says', async () => {
    const problem = { type: 'urn:offerstream:problem:quota', code: 'quota', reason: 'All are used.', fix: 'Wait.' };
    respond = (_, response) =>
      response
        .writeHead(429, { 'content-type': 'application/problem+json', 'x-request-id': 'r-1', 'retry-after': '86400' })
        .end(JSON.stringify(problem));
    const error: unknown = await trending().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OfferstreamError);
    expect(error).toMatchObject({
      message: 'All are used. Wait.',
      status: 429,
      code: 'quota',
      reason: 'All are used.',
      fix: 'Wait.',
      requestId: 'r-1',
      retryAfterSeconds: 86_400,
    });
  });

  it.each(['<h1>Bad gateway</h1>', '{"message":"no"}', ''])('says so when a failure says nothing: %s', async (body) => {
    respond = (_, response) => response.writeHead(502, { 'content-length': body.length }).end(body);
    await expect(trending()).rejects.toMatchObject({
      status: 502,
      code: 'unexpected',
      reason: expect.stringContaining('/v1/trending answered 502') as string,
      requestId: undefined,
      retryAfterSeconds: undefined,
    });
  });

  it('asks again when it is told to', async () => {
    let asked = 0;
    respond = (_, response) =>
      ++asked === 1 ? response.writeHead(503, { 'retry-after': '0' }).end() : response.end('{"items":[]}');
    expect(await trending()).toEqual({ items: [] });
    expect(asked).toBe(2);
  });

  it('stops waiting when it is told to', async () => {
    respond = (_, response) => response.writeHead(503, { 'retry-after': '10' }).end();
    const stopped = new AbortController();
    const answer = client().get('/v1/trending', { signal: stopped.signal });
    setTimeout(() => stopped.abort(), 100);
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('tells what the platform says where nobody answers', async () => {
    const lost = createOfferstreamClient({ url: 'http://127.0.0.1:1', apiKey: 'k' });
    await expect(lost.get('/v1/trending')).rejects.toMatchObject({ name: 'TypeError', message: 'fetch failed' });
  });
});
