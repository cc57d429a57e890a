import type { SteadyLoad } from './latency.js';
import { machine, report } from './machine.js';
import { RunningLine } from './running-line.js';

export interface FaultsSettings extends SteadyLoad {
  /** How long inference is away. */
  readonly awaySeconds: number;
}

/** What offers do while inference has been killed, under a steady load, and when it is back. */
export const benchFaults = async (settings: FaultsSettings): Promise<void> => {
  const { rate, seconds, warmUpSeconds, awaySeconds } = settings;
  const line = await RunningLine.start(settings, 'collector');
  const { journal } = line;
  try {
    await line.warmUp(rate, warmUpSeconds);
    const steady = await line.loadDuring(rate, () => Promise.resolve(), seconds);
    const { inference } = line.services;
    inference.kill('SIGKILL');
    const away = await line.loadDuring(rate, () => inference.stop(), awaySeconds);
    let readyAt = 0;
    const back = await line.loadDuring(
      rate,
      async () => {
        await line.startInference();
        readyAt = performance.now();
      },
      seconds,
    );
    await journal.untilQuiet();
    const firstPersonalAt = journal.firstSeen(back.from, { strategy: 'personal' });
    const during = journal.summary(away.from, away.to);
    report({
      bench: 'faults',
      eventToOfferP99Ms: during.eventToOfferMs?.p99,
      readyToFirstPersonalMs: firstPersonalAt === undefined ? undefined : Math.round(firstPersonalAt - readyAt),
      phases: {
        steady: journal.summary(steady.from, steady.to),
        away: during,
        back: journal.summary(back.from, back.to),
      },
      broker: line.rig.brokerSource,
      settings,
      machine: machine(),
    });
  } finally {
    await line.close();
  }
};
