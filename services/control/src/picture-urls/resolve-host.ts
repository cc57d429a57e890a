import { lookup, Resolver } from 'node:dns/promises';
import { addAbortListener } from 'node:events';
import { FetchRefusal } from './fetch-refusal.js';

/** All addresses of a host. @throws FetchRefusal `host-unknown`; the signal's reason */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Of each of the name servers. */
const DNS = { timeout: 2_000, tries: 2 } as const;

/**
 * Asks name servers alone: nothing that only this machine knows by a name is public. Unlike `lookup` it keeps none of the threads busy that
 * files and passwords need, however slow a name server is.
 *
 * @param privateHosts are looked up as this machine knows them
 */
export const hostResolver =
  (privateHosts: readonly string[]): ResolveHost =>
  async (host, signal) => {
    const addresses = privateHosts.includes(host) ? await known(host) : await published(host, signal);
    signal.throwIfAborted();
    if (addresses.length === 0) throw new FetchRefusal('host-unknown', `${host} has no address`, true);
    return addresses;
  };

const known = async (host: string): Promise<readonly string[]> => {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
};

const published = async (host: string, signal: AbortSignal): Promise<readonly string[]> => {
  const resolver = new Resolver(DNS);
  const listener = addAbortListener(signal, () => resolver.cancel());
  try {
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  } finally {
    listener[Symbol.dispose]();
  }
};
