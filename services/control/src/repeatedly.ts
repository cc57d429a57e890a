import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable } from '@offerstream/database';

/**
 * Does something again and again until the signal is aborted. While Postgres is away it is left out: the watch over the database says
 * so.
 */
export const repeatedly = async (everyMs: number, work: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
};
