import { retryAfterSeconds } from './retry-after.js';

export type Fetch = (request: Request) => Promise<Response>;

/** Rejects with the signal's reason when that aborts first. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** Beside the first try. */
export const MAX_RETRIES = 2;
/** What wants more patience, such as a quota that is used up, is told at once. */
export const LONGEST_WAIT_SECONDS = 10;

/** Sends a request again when the gateway says with `Retry-After` that this will help soon, and nothing is done twice by it. */
export const retryingFetch =
  (fetch: Fetch, wait: Wait): Fetch =>
  async (request) => {
    for (let retries = 0; ; retries++) {
      const response = await fetch(request.clone());
      const seconds = mayBeRepeated(request, response.status) ? retryAfterSeconds(response) : undefined;
      if (seconds === undefined || seconds > LONGEST_WAIT_SECONDS || retries === MAX_RETRIES) return response;
      await response.body?.cancel();
      await wait(seconds * 1_000, request.signal);
    }
  };

/** With 429 nothing was done; with 503 it may have been. */
const mayBeRepeated = ({ method, headers }: Request, status: number): boolean =>
  status === 429 || (status === 503 && (method === 'GET' || headers.has('idempotency-key')));
