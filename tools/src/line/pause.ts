import { setTimeout as delay } from 'node:timers/promises';

/** @throws the signal's reason when it aborts */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await delay(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
};
