import { InvalidProfileStoreUrl } from './errors.js';

export interface ValkeyNode {
  readonly host: string;
  readonly port: number;
}

/** Where a server of the Redis protocol is, and how to get in. */
export interface ValkeyAddress {
  /** One server, or some nodes of a cluster, which name the others. */
  readonly kind: 'server' | 'cluster';
  readonly nodes: readonly [ValkeyNode, ...ValkeyNode[]];
  readonly tls: boolean;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** For people: the nodes, without user and password. */
  readonly name: string;
}

const DEFAULT_PORT = 6379;

/**
 * Reads `redis://host:port[/db]`, `rediss://` for TLS, or `redis+cluster://host:port,host:port`.
 *
 * @throws InvalidProfileStoreUrl
 */
export const readValkeyUrl = (url: string): ValkeyAddress => {
  const match = /^(redis|rediss|redis\+cluster):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/(\d*))?$/.exec(url.trim());
  if (match === null) throw new InvalidProfileStoreUrl(`it begins with "${schemeOf(url)}" or goes on in another form`);
  const [, scheme = '', credentials, hosts = '', database] = match;
  const kind = scheme === 'redis+cluster' ? 'cluster' : 'server';
  const [first, ...others] = hosts.split(',').map(readNode);
  if (first === undefined) throw new InvalidProfileStoreUrl('it has no host');
  if (kind === 'server' && others.length > 0) throw new InvalidProfileStoreUrl('only a cluster has several hosts');
  if (kind === 'cluster' && Number(database ?? 0) !== 0)
    throw new InvalidProfileStoreUrl('a cluster has database 0 only');
  return {
    kind,
    nodes: [first, ...others],
    tls: scheme === 'rediss',
    database: Number(database ?? 0),
    ...readCredentials(credentials),
    name: [first, ...others].map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(','),
  };
};

const schemeOf = (url: string): string => url.slice(0, Math.max(0, url.indexOf('://')));

const readNode = (text: string): ValkeyNode => {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? DEFAULT_PORT);
  if (match === null || port === 0 || port > 65_535) throw new InvalidProfileStoreUrl(`"${text}" is no host:port`);
  return { host: match[1] ?? match[2] ?? '', port };
};

const readCredentials = (credentials: string | undefined): Pick<ValkeyAddress, 'username' | 'password'> => {
  if (credentials === undefined) return { username: undefined, password: undefined };
  const colon = credentials.indexOf(':');
  try {
    const username = decodeURIComponent(colon < 0 ? credentials : credentials.slice(0, colon));
    const password = colon < 0 ? '' : decodeURIComponent(credentials.slice(colon + 1));
    return { username: username || undefined, password: password || undefined };
  } catch {
    throw new InvalidProfileStoreUrl('a % in user or password has to be written %25');
  }
};
