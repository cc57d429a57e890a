import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import { HOST_NOT_ALLOWED } from '@offerstream/database';
import { FetchRefusal } from './fetch-refusal.js';
import { isPublicAddress } from './public-address.js';
import type { ResolveHost } from './resolve-host.js';

export interface FetchPhotoOptions {
  /** That the tenant has allowed. */
  readonly hosts: readonly string[];
  /** Hosts in the operator's own network: of these any address, any port and `http` are good. */
  readonly privateHosts: readonly string[];
  readonly resolve: ResolveHost;
  readonly maxBytes: number;
  /** For all of it. */
  readonly timeoutMs: number;
}

/** Where a request goes. */
interface Target {
  readonly url: URL;
  /** All of the host's, each looked at. */
  readonly addresses: readonly string[];
}

const MAX_REDIRECTS = 3;
const REDIRECTS: readonly (number | undefined)[] = [301, 302, 303, 307, 308];
/** Statuses of a client's fault that end by themselves. */
const PASSING: readonly (number | undefined)[] = [408, 425, 429];
const HEADERS = { accept: 'image/jpeg, image/png, image/webp', 'user-agent': 'offerstream' } as const;

/**
 * Fetches the bytes of a photo, from allowed hosts at public addresses only. Each redirect is looked at as the first URL is.
 *
 * @throws FetchRefusal; the signal's reason
 */
export const fetchPhoto = async (
  address: string,
  options: FetchPhotoOptions,
  signal: AbortSignal,
): Promise<Uint8Array> => {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const ended = AbortSignal.any([signal, timeout]);
  try {
    return await followed(address, options, ended);
  } catch (error) {
    signal.throwIfAborted();
    if (!timeout.aborted) throw error;
    throw new FetchRefusal('no-answer', `it was not there within ${options.timeoutMs / 1_000} s`, true, error);
  }
};

const followed = async (address: string, options: FetchPhotoOptions, signal: AbortSignal): Promise<Uint8Array> => {
  let target = await targetOf(URL.parse(address), options, signal);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await ask(target, signal);
    const to = REDIRECTS.includes(answer.statusCode) ? answer.headers.location : undefined;
    if (to === undefined) return photoIn(answer, target.url.hostname, options.maxBytes);
    answer.destroy();
    target = await targetOf(URL.parse(to, target.url.href), options, signal);
  }
  throw new FetchRefusal('too-many-redirects', `it is redirected more than ${MAX_REDIRECTS} times`);
};

const targetOf = async (
  url: URL | null,
  { hosts, privateHosts, resolve }: FetchPhotoOptions,
  signal: AbortSignal,
): Promise<Target> => {
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new FetchRefusal('url-not-allowed', 'the URL, or one that it is redirected to, is no address of https');
  const { hostname } = url;
  if (!hosts.includes(hostname))
    throw new FetchRefusal(
      HOST_NOT_ALLOWED,
      `the tenant has not allowed the host ${hostname}: name it in pictureHosts`,
    );
  const isPrivate = privateHosts.includes(hostname);
  if (!isPrivate && (url.protocol !== 'https:' || url.port !== ''))
    throw new FetchRefusal('url-not-allowed', `of ${hostname} only https and its own port are allowed`);
  const addresses = await resolve(hostname, signal);
  if (!isPrivate && !addresses.every(isPublicAddress))
    throw new FetchRefusal('address-not-public', `${hostname} has an address that is not public`);
  return { url, addresses };
};

/** Connects to the addresses that were looked at: what the host's name leads to meanwhile does not matter. */
const ask = ({ url, addresses }: Target, signal: AbortSignal): Promise<IncomingMessage> => {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  // No agent: neither a connection of before nor a proxy.
  const sent = request(url, { agent: false, lookup: alwaysTo(addresses), headers: HEADERS, signal });
  sent.once('response', resolve);
  sent.on('error', (error) => reject(noAnswer(url.hostname, error)));
  sent.end();
  return promise;
};

const alwaysTo = (addresses: readonly string[]): LookupFunction => {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_host, { all }, done) => {
    const [first] = found;
    if (all === true) done(null, found);
    else done(null, first?.address ?? '', first?.family);
  };
};

const photoIn = async (answer: IncomingMessage, host: string, maxBytes: number): Promise<Uint8Array> => {
  const { statusCode: status = 0, headers } = answer;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    if (status !== 200)
      throw new FetchRefusal('bad-answer', `${host} answered ${status}`, status >= 500 || PASSING.includes(status));
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof FetchRefusal ? error : noAnswer(host, error);
  } finally {
    answer.destroy();
  }
  return Buffer.concat(chunks);
};

const tooLarge = (maxBytes: number): FetchRefusal =>
  new FetchRefusal('too-large', `it has more than ${maxBytes} bytes: scale it down`);

const noAnswer = (host: string, error: unknown): FetchRefusal => {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return new FetchRefusal('no-answer', `${host} does not answer (${code})`, true, error);
};
