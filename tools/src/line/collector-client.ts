import { OFFER_EACH, OFFER_HEADER } from '@offerstream/contracts';
import { ToolError } from '../tool-error.js';

/** An event that the collector did not take. */
export interface Refusal {
  /** Place in the batch. */
  readonly index: number;
  readonly reason: string;
}

export type CollectorErrorCode = 'collector-away' | 'write-key-refused' | 'request-refused';

/** A batch was not taken. It may be sent again, the same, where `canRetry` says so: what arrives twice has the same messageId. */
export class CollectorError extends ToolError<CollectorErrorCode> {
  override readonly name = 'CollectorError';
}

export interface CollectorClientOptions {
  readonly url: string;
  readonly writeKey: string;
}

const TIMEOUT_MS = 30_000;

/** Sends batches to the collector's HTTP API. Every method answers with the events that were refused. */
export class CollectorClient {
  constructor(private readonly options: CollectorClientOptions) {}

  /**
   * Sends calls as they happen.
   *
   * @param calls Segment calls as JSON
   * @param signal gives up waiting for the answer
   * @throws CollectorError
   */
  send(calls: readonly string[], signal: AbortSignal): Promise<readonly Refusal[]> {
    return this.post('batch', `{"batch":[${calls.join(',')}],"sentAt":"${new Date().toISOString()}"}`, {}, signal);
  }

  /**
   * Sends calls as history, each of which is to have an offer of its own.
   *
   * @param calls Segment calls as JSON
   * @param signal gives up waiting for the answer
   * @throws CollectorError
   */
  sendHistory(calls: readonly string[], signal: AbortSignal): Promise<readonly Refusal[]> {
    const headers = { [`x-offerstream-${OFFER_HEADER}`]: OFFER_EACH };
    return this.post('import', `{"batch":[${calls.join(',')}]}`, headers, signal);
  }

  private async post(
    route: 'batch' | 'import',
    json: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly Refusal[]> {
    const { url, writeKey } = this.options;
    const late = new AbortController();
    const giveUp = (): void => late.abort();
    const timer = setTimeout(giveUp, TIMEOUT_MS);
    signal.addEventListener('abort', giveUp, { once: true });
    let response: Response;
    let body: string;
    try {
      response = await fetch(new URL(`/v1/${route}`, url), {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: json,
        signal: late.signal,
      });
      body = await response.text();
    } catch (error) {
      throw new CollectorError('collector-away', true, `the collector does not answer at ${url}`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
    const { status } = response;
    if (status === 429 || status >= 500) {
      throw new CollectorError('collector-away', true, `the collector answers ${status}`);
    }
    if (status === 401) {
      throw new CollectorError('write-key-refused', true, `The collector at ${url} does not know the write key.`);
    }
    const refused = refusals(body);
    if (status === 200 || (status === 400 && refused.length > 0)) return refused;
    throw new CollectorError(
      'request-refused',
      false,
      `The collector at ${url} answers ${status}: ${body.slice(0, 500)}`,
    );
  }
}

const refusals = (body: string): readonly Refusal[] => {
  try {
    return (JSON.parse(body) as { readonly refused?: readonly Refusal[] }).refused ?? [];
  } catch {
    return [];
  }
};
