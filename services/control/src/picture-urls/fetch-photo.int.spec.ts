import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { FetchRefusal } from './fetch-refusal.js';
import { fetchPhoto, type FetchPhotoOptions } from './fetch-photo.js';

const MAX_BYTES = 1_000;
/** Names that no name server knows. */
const HOSTS = ['shop.test', 'inside.test', 'mixed.test', 'mapped.test', 'public.test', 'nowhere.test'];
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'shop.test': ['127.0.0.1'],
  'inside.test': ['10.0.0.1'],
  'mixed.test': ['8.8.8.8', '127.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
};

let server: Server;
let origin: string;
let asked: (string | undefined)[];
let resolved: string[];
let answer: RequestListener;
beforeEach(async () => {
  asked = [];
  resolved = [];
  server = createServer((request, response) => {
    asked.push(request.url);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://shop.test:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** What is fetched as text; only `shop.test` is the operator's own. */
const fetched = async (
  url: string,
  options: Partial<FetchPhotoOptions> = {},
  signal: AbortSignal = new AbortController().signal,
) => {
  const resolve = (host: string) => {
    resolved.push(host);
    return Promise.resolve(ADDRESSES[host] ?? []);
  };
  const all = {
    hosts: HOSTS,
    privateHosts: ['shop.test'],
    resolve,
    maxBytes: MAX_BYTES,
    timeoutMs: 60_000,
    ...options,
  };
  return Buffer.from(await fetchPhoto(url, all, signal)).toString();
};
const refusal = async (...asks: Parameters<typeof fetched>) => {
  try {
    await fetched(...asks);
    return undefined;
  } catch (error) {
    return error instanceof FetchRefusal ? [error.code, error.canRetry] : error;
  }
};
const redirectTo = (location: string): RequestListener => {
  return ({ url }, response) => {
    if (url === '/photo') response.end('a photo');
    else response.writeHead(302, { location }).end();
  };
};

it('fetches what is there, from the address that was looked at', async () => {
  answer = (request, response) => response.end(`for ${request.headers.host}`);
  expect(await fetched(`${origin}/a.jpg?size=2`)).toBe(`for ${new URL(origin).host}`);
  expect(asked).toEqual(['/a.jpg?size=2']);
});

it('asks for the addresses of a host once: what its name leads to afterwards does not matter', async () => {
  answer = (_request, response) => response.end('a photo');
  const answers = [['127.0.0.1'], ['127.0.0.2']];
  const resolve = () => Promise.resolve(answers.shift() ?? []);
  expect(await fetched(`${origin}/photo`, { resolve })).toBe('a photo');
  expect(answers).toEqual([['127.0.0.2']]);
});

it.each([
  ['of a host that the tenant has not allowed', 'https://other.test/a.jpg', 'host-not-allowed'],
  ['of a host below one that it has', 'https://cdn.shop.test/a.jpg', 'host-not-allowed'],
  ['of a host that ends as one that it has', 'https://myshop.test/a.jpg', 'host-not-allowed'],
  ['of a host with a dot behind it', 'https://shop.test./a.jpg', 'host-not-allowed'],
  ['of an address', 'https://10.0.0.1/a.jpg', 'host-not-allowed'],
  ['of an address in other words', 'https://0x7f.1/a.jpg', 'host-not-allowed'],
  ['without encryption', 'http://public.test/a.jpg', 'url-not-allowed'],
  ['of another port', 'https://public.test:8443/a.jpg', 'url-not-allowed'],
  ['of a file', 'file:///etc/passwd', 'url-not-allowed'],
  ['that is none', 'https://shop.test:99999/', 'url-not-allowed'],
])('refuses a URL %s, before a name server is asked', async (_, url, code) => {
  expect(await refusal(url)).toEqual([code, false]);
  expect(resolved).toEqual([]);
});

it.each(['inside.test', 'mixed.test', 'mapped.test'])('does not connect to %s, which is not public', async (host) => {
  expect(await refusal(`https://${host}/a.jpg`)).toEqual(['address-not-public', false]);
});

it('follows three redirects', async () => {
  answer = redirectTo('/photo');
  expect(await fetched(`${origin}/a`)).toBe('a photo');
  answer = ({ url = '' }, response) =>
    url === '/3'
      ? response.end('a photo')
      : response.writeHead(307, { location: `/${Number(url.slice(1)) + 1}` }).end();
  expect(await fetched(`${origin}/0`)).toBe('a photo');
  expect(resolved).toHaveLength(6);
  asked = [];
  answer = (_request, response) => response.writeHead(301, { location: '/again' }).end();
  expect(await refusal(`${origin}/a`)).toEqual(['too-many-redirects', false]);
  expect(asked).toHaveLength(4);
});

it.each([
  ['https://inside.test/a.jpg', 'address-not-public'],
  ['//inside.test/', 'url-not-allowed'],
  ['https://other.test/a.jpg', 'host-not-allowed'],
  ['http://169.254.169.254/latest/meta-data', 'host-not-allowed'],
  ['http://[::1]/', 'host-not-allowed'],
  ['ftp://shop.test/a.jpg', 'url-not-allowed'],
  ['http://', 'url-not-allowed'],
])('looks at a redirect to %s as at any other URL', async (location, code) => {
  answer = redirectTo(location);
  expect(await refusal(`${origin}/a`)).toEqual([code, false]);
  expect(asked).toEqual(['/a']);
});

it('ends what has too many bytes, told before or not', async () => {
  let written = 0;
  answer = (request, response) => {
    if (request.url === '/told') response.setHeader('content-length', MAX_BYTES + 1);
    const more = () => {
      written++;
      if (!response.destroyed) response.write('x'.repeat(100), () => setImmediate(more));
    };
    more();
  };
  expect(await refusal(`${origin}/endless`)).toEqual(['too-large', false]);
  expect(written).toBeGreaterThan(10);
  expect(await refusal(`${origin}/told`)).toEqual(['too-large', false]);
  answer = (_request, response) => response.end('x'.repeat(MAX_BYTES));
  expect(await fetched(`${origin}/just`)).toHaveLength(MAX_BYTES);
});

it.each<[string, RequestListener]>([
  ['says nothing', () => undefined],
  ['sends byte by byte', (_request, response) => void setInterval(() => response.write('x'), 10).unref()],
  [
    'redirects to such a one',
    (request, response) => request.url === '/a' && response.writeHead(302, { location: '/b' }).end(),
  ],
])('gives up a server that %s', async (_, listener) => {
  answer = listener;
  expect(await refusal(`${origin}/a`, { timeoutMs: 300 })).toEqual(['no-answer', true]);
});

it('gives up a name server that says nothing', async () => {
  const resolve = (_host: string, signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  expect(await refusal(`${origin}/a`, { timeoutMs: 50, resolve })).toEqual(['no-answer', true]);
});

it.each([
  [404, false],
  [403, false],
  [204, false],
  [304, false],
  [429, true],
  [503, true],
])('is told of an answer of %s', async (status, canRetry) => {
  answer = (_request, response) => response.writeHead(status).end();
  expect(await refusal(`${origin}/a`)).toEqual(['bad-answer', canRetry]);
});

it('is told of an answer that breaks off, and of none', async () => {
  answer = (_request, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('a');
    setTimeout(() => response.destroy(), 20);
  };
  expect(await refusal(`${origin}/a`)).toEqual(['no-answer', true]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(await refusal(`${origin}/a`)).toEqual(['no-answer', true]);
});

it('ends with the reason of who does not wait any more', async () => {
  const leaving = new AbortController();
  answer = () => leaving.abort(new Error('stopping'));
  await expect(fetched(`${origin}/a`, {}, leaving.signal)).rejects.toThrow('stopping');
});

it('speaks TLS with a server that is known by its name', async () => {
  let hello = Buffer.alloc(0);
  const tls = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      hello = bytes;
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  const { port } = tls.address() as AddressInfo;
  expect(await refusal(`https://shop.test:${port}/a.jpg`)).toEqual(['no-answer', true]);
  expect(hello[0]).toBe(22);
  expect(hello.includes('shop.test')).toBe(true);
  await new Promise((resolve) => tls.close(resolve));
});
