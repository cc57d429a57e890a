import { setTimeout as sleep } from 'node:timers/promises';
import createClient, {
  type Client,
  type ClientPathsWithMethod,
  type MaybeOptionalInit,
  type MethodResponse,
} from 'openapi-fetch';
import type { paths } from './generated/gateway.js';
import { OfferstreamError } from './offerstream-error.js';
import { retryingFetch, type Fetch, type Wait } from './retrying-fetch.js';

export interface OfferstreamClientOptions {
  /** Where the gateway is, for example `http://127.0.0.1:9403`. */
  readonly url: string;
  /** A secret key, `ofs_sk_…`: for servers, never for browsers. */
  readonly apiKey: string;
  /** Sends the requests; by default the platform's own. */
  readonly fetch?: Fetch;
}

type Gateway = Client<paths, 'application/json'>;

type Arguments<Init> = undefined extends Init ? [init?: Init] : [init: Init];

/**
 * Sends a request to a path of the gateway's OpenAPI document.
 *
 * @returns the body of the answer
 * @throws OfferstreamError when the answer is not a success
 */
type Ask<Method extends 'get' | 'post'> = <Path extends ClientPathsWithMethod<Gateway, Method>>(
  path: Path,
  ...init: Arguments<MaybeOptionalInit<paths[Path], Method>>
) => Promise<MethodResponse<Gateway, Method, Path>>;

export interface OfferstreamClient {
  readonly get: Ask<'get'>;
  readonly post: Ask<'post'>;
}

/** Which path takes and answers what is checked where a client is used; here all are alike. */
type AnyPaths = Record<string, Record<'get' | 'post', { readonly responses: Readonly<Record<number, unknown>> }>>;

/**
 * A client of the gateway: each path, its parameters, bodies and answers have the types of the gateway's OpenAPI document.
 * What is refused for a moment (429, or 503 to a GET or with an Idempotency-Key; `Retry-After` of up to 10 s) is asked for again,
 * up to twice.
 */
export const createOfferstreamClient = ({
  url,
  apiKey,
  fetch = platformFetch,
}: OfferstreamClientOptions): OfferstreamClient => {
  const gateway = createClient<AnyPaths>({
    baseUrl: url,
    headers: { authorization: `Bearer ${apiKey}` },
    fetch: retryingFetch(fetch, wait),
  });
  const ask =
    (method: 'get' | 'post') =>
    async (path: string, init?: object): Promise<unknown> => {
      const { data, error, response } = await gateway.request(method, path, { ...init });
      if (!response.ok) throw OfferstreamError.of(response, error);
      return data;
    };
  return { get: ask('get'), post: ask('post') } as OfferstreamClient;
};

const platformFetch: Fetch = (request) => globalThis.fetch(request);

const wait: Wait = (ms, signal) => sleep(ms, undefined, { signal });
