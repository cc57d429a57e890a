import { setTimeout as sleep } from 'node:timers/promises';

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
  /** Asked all the time; true ends it early. */
  readonly isEnough?: () => boolean;
}

/**
 * Calls `send` at even distances with the moment at which each call was due (`performance.now()`); latencies are taken
 * from there, so that a load generator that is late does not make what it measures look faster. Never waits for `send`.
 */
export const atPace = async (
  { perSecond, seconds, isEnough = () => false }: Pace,
  send: (dueAt: number) => void,
): Promise<void> => {
  const startedAt = performance.now();
  const total = Math.round(perSecond * seconds);
  for (let sent = 0; sent < total && !isEnough();) {
    const due = Math.min(total, ((performance.now() - startedAt) * perSecond) / 1_000);
    for (; sent < due; sent++) send(startedAt + (sent * 1_000) / perSecond);
    await sleep(1);
  }
};
