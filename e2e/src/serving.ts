import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { freePort } from '@offerstream/infra';
import { apiKeyId, hashApiKey, makeApiKey, SCOPES_OF_KEY_KIND } from '@offerstream/tenancy';
import { freshDatabase } from '@offerstream/testing';
import type { Line } from './line.js';

/** An HTTP API that runs on a line, and what lets one in. */
export interface ServedApi {
  readonly url: string;
  readonly token: string;
}

/** The line's tenant gets a secret key, and a gateway that knows it; inference must run. */
export const serveGateway = async (line: Line): Promise<ServedApi> => {
  const token = makeApiKey({ kind: 'sk', mode: 'live' }, randomBytes(32));
  const hash = hashApiKey(token);
  await line.publishTenant({
    keys: [{ id: apiKeyId(hash), hash, kind: 'sk', scopes: [...SCOPES_OF_KEY_KIND.sk], expiresAt: null }],
  });
  const port = await freePort();
  const gateway = await line.start('gateway', {
    HTTP_PORT: String(port),
    PROFILES_DIR: line.path('profiles'),
    INFERENCE_ADDRESS: line.inferenceAddress,
    MODELS_DIR: line.path('models'),
    // On a busy machine inference may be slow; only tests of degradation want that to be seen.
    INFERENCE_DEADLINE_MS: '10000',
  });
  await gateway.ready();
  return { url: `http://127.0.0.1:${port}`, token };
};

/** A control with a database of its own. The token is the operator's. */
export const serveControl = async (line: Line): Promise<ServedApi> => {
  const port = await freePort();
  const control = await line.start('control', {
    CONTROL_PORT: String(port),
    CONTROL_DATA: line.path('control'),
    DATABASE_URL: await freshDatabase(),
  });
  await control.ready();
  return { url: `http://127.0.0.1:${port}`, token: (await readFile(line.path('control/admin-token'), 'utf8')).trim() };
};

/**
 * A request with JSON.
 *
 * @throws Error when the answer is not a success
 */
export const ask = async <Answer>(
  { url, token }: ServedApi,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
};
