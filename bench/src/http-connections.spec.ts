import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpConnections, postRequest, readAnswer } from './http-connections.js';

const WHOLE = Buffer.from('HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\nretry-after: 1\r\n\r\n{}');

describe('an answer on a bare socket', () => {
  it('is read when its head and its whole body are there, and not before', () => {
    for (let bytes = 0; bytes < WHOLE.length; bytes++) expect(readAnswer(WHOLE.subarray(0, bytes))).toBeUndefined();
    expect(readAnswer(WHOLE)).toEqual({ answer: { status: 429, body: '{}' }, bytes: WHOLE.length });
  });

  it('ends where the next one begins', () => {
    expect(readAnswer(Buffer.concat([WHOLE, WHOLE]))?.bytes).toBe(WHOLE.length);
  });
});

describe('connections', () => {
  let server: Server;
  let most = 0;

  beforeEach(async () => {
    let open = 0;
    most = 0;
    server = createServer((request, response) => {
      most = Math.max(most, ++open);
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () =>
        setTimeout(() => {
          open--;
          response.end(`${request.headers.authorization} ${request.url} ${body}`);
        }, 5),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('carry one request each at a time, and hand every answer to its own request', async () => {
    const connections = await HttpConnections.open((server.address() as AddressInfo).port, 3);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => connections.send(postRequest('/v1/track', 'key', `{"n":${index}}`))),
    );
    connections.close();
    expect(answers.map(({ body }) => body)).toEqual(
      Array.from({ length: 10 }, (_, index) => `Basic ${btoa('key:')} /v1/track {"n":${index}}`),
    );
    expect(most).toBe(3);
  });

  it('tell a request that its connection was cut', async () => {
    const connections = await HttpConnections.open((server.address() as AddressInfo).port, 1);
    const answer = connections.send(postRequest('/v1/track', 'key', '{}'));
    server.closeAllConnections();
    await expect(answer).rejects.toThrow();
  });
});
