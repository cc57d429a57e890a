import { pause } from './pause.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

/** Told why something waits, and, with undefined, that it goes on. */
export type OnWaiting = (because: string | undefined) => void;

/**
 * Does something again until it succeeds: what it asks may be away for a while.
 *
 * @param isFinal whether an error will not go away by itself; a bug never does
 * @throws what is final; the signal's reason when it aborts
 */
export const patiently = async <Result>(
  attempt: () => Promise<Result>,
  {
    signal,
    onWaiting,
    isFinal = () => false,
  }: { readonly signal: AbortSignal; readonly onWaiting: OnWaiting; readonly isFinal?: (error: Error) => boolean },
): Promise<Result> => {
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      const result = await attempt();
      if (waitMs > FIRST_WAIT_MS) onWaiting(undefined);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error) || isBug(error) || isFinal(error)) throw error;
      onWaiting(error.message);
      await pause(waitMs, signal);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
};

/** `fetch` reports an unreachable host as a TypeError that has a cause. */
const isBug = (error: Error): boolean =>
  error instanceof RangeError ||
  error instanceof ReferenceError ||
  error instanceof SyntaxError ||
  (error instanceof TypeError && error.cause === undefined);
