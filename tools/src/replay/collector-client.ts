import { OFFER_EACH, OFFER_HEADER } from '@offerstream/contracts';
import { ReplayError } from './errors.js';

export interface Refusal {
  /** Place in the batch. */
  readonly index: number;
  readonly reason: string;
}

/** The collector could not take the batch now; the same may be sent again. */
export class CollectorAway extends Error {
  override readonly name = 'CollectorAway';
  readonly code = 'collector-away';
  readonly canRetry = true;
}

const TIMEOUT_MS = 30_000;

/**
 * Sends calls to the collector as history, each of which is to have an offer of its own. Answers with those that were refused.
 *
 * @param calls Segment calls as JSON
 * @throws CollectorAway; ReplayError `write-key-refused`, `request-refused`
 */
export const sendHistory = async (
  url: string,
  writeKey: string,
  calls: readonly string[],
  signal: AbortSignal,
): Promise<readonly Refusal[]> => {
  const late = new AbortController();
  const giveUp = (): void => late.abort();
  const timer = setTimeout(giveUp, TIMEOUT_MS);
  signal.addEventListener('abort', giveUp, { once: true });
  let response: Response;
  let body: string;
  try {
    response = await fetch(new URL('/v1/import', url), {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
        'content-type': 'application/json',
        [`x-offerstream-${OFFER_HEADER}`]: OFFER_EACH,
      },
      body: `{"batch":[${calls.join(',')}]}`,
      signal: late.signal,
    });
    body = await response.text();
  } catch (error) {
    throw new CollectorAway(`the collector does not answer at ${url}`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
  const { status } = response;
  if (status === 429 || status >= 500) throw new CollectorAway(`the collector answers ${status}`);
  if (status === 401) {
    throw new ReplayError(
      'write-key-refused',
      true,
      `The collector at ${url} does not know the write key of this replay.`,
    );
  }
  const refused = refusals(body);
  if (status === 200 || (status === 400 && refused.length > 0)) return refused;
  throw new ReplayError('request-refused', false, `The collector at ${url} answers ${status}: ${body.slice(0, 500)}`);
};

const refusals = (body: string): readonly Refusal[] => {
  try {
    return (JSON.parse(body) as { readonly refused?: readonly Refusal[] }).refused ?? [];
  } catch {
    return [];
  }
};
