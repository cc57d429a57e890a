import { machine, report } from './machine.js';
import { RunningLine, type ShopSize } from './running-line.js';

/** An even load on a whole line. */
export interface SteadyLoad extends ShopSize {
  /** Events a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Of the same load, before anything counts. */
  readonly warmUpSeconds: number;
}

/** From an event's acceptance by the collector until its offer can be read, at a steady rate. */
export const benchLatency = async (settings: SteadyLoad): Promise<void> => {
  const { rate, seconds, warmUpSeconds } = settings;
  const line = await RunningLine.start(settings, 'collector');
  try {
    await line.warmUp(rate, warmUpSeconds);
    const from = line.journal.length;
    await line.load({ perSecond: rate, seconds });
    await line.journal.untilQuiet();
    report({
      bench: 'latency',
      ...line.journal.summary(from),
      broker: line.rig.brokerSource,
      settings,
      machine: machine(),
    });
  } finally {
    await line.close();
  }
};
