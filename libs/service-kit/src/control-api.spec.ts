import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { tempFolder } from '@offerstream/testing';
import { ControlApi } from './control-api.js';

interface Asked {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close().closeAllConnections();
});

/** An HTTP server that answers as a test says, with what it was asked. */
const serve = async (status: number, body: string) => {
  const asked: Asked[] = [];
  const take = async (request: IncomingMessage): Promise<void> => {
    const { url: path, headers } = request;
    asked.push({ path, authorization: headers.authorization, body: JSON.parse(await text(request)) });
  };
  const server: Server = createServer((request, response) => {
    void take(request).then(() => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
  }).listen(0, '127.0.0.1');
  opened.push(server);
  await once(server, 'listening');
  const tokenFile = join(await tempFolder(), 'service-token');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { control: new ControlApi({ url, tokenFile }), asked, tokenFile, server };
};

describe('control, as services ask it', () => {
  it('is asked with the token that the file has at the time', async () => {
    const { control, asked, tokenFile } = await serve(204, '');
    await writeFile(tokenFile, 'first\n');
    expect(await control.post('/v1/key-uses', { uses: [] })).toBeUndefined();
    await writeFile(tokenFile, 'second\n');
    await control.post('/v1/key-uses', { uses: [] });
    expect(asked).toEqual([
      { path: '/v1/key-uses', authorization: 'Bearer first', body: { uses: [] } },
      { path: '/v1/key-uses', authorization: 'Bearer second', body: { uses: [] } },
    ]);
  });

  it.each([
    ['refuses', 401, '{"code":"unauthenticated"}', 'unauthenticated'],
    ['answers something else', 200, 'no JSON', 'JSON'],
  ])('is unavailable when it %s', async (_, status, body, reason) => {
    const { control, tokenFile } = await serve(status, body);
    await writeFile(tokenFile, 'token');
    await expect(control.post('/v1/leases', {})).rejects.toMatchObject({
      code: 'control-unavailable',
      canRetry: true,
      message: expect.stringContaining(reason) as string,
    });
  });

  it('is unavailable when it is away, or its token is not there, and no message has the token', async () => {
    const { control, tokenFile, server } = await serve(200, '{}');
    await expect(control.post('/v1/leases', {})).rejects.toMatchObject({ code: 'control-unavailable' });
    await writeFile(tokenFile, 'secret');
    server.close().closeAllConnections();
    const error = await control.post('/v1/leases', {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'control-unavailable' });
    expect(String(error)).not.toContain('secret');
  });
});
