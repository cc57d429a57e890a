import type { SteadyLoad } from './latency.js';
import { machine, report } from './machine.js';
import { RunningLine } from './running-line.js';

const PARTITIONS = 'personalizer_assigned_partitions';

/** How long offers are held up while a second personalizer joins, and while it leaves again, under a steady load. */
export const benchRebalance = async (settings: SteadyLoad): Promise<void> => {
  const { rate, seconds, warmUpSeconds } = settings;
  const line = await RunningLine.start(settings, 'collector');
  const { journal } = line;
  try {
    await line.warmUp(rate, warmUpSeconds);
    const steady = await line.loadDuring(rate, () => Promise.resolve(), seconds);
    let second = line.services.personalizer;
    const joining = await line.loadDuring(
      rate,
      async () => {
        second = await line.startPersonalizer();
      },
      seconds,
    );
    const partitions = {
      first: await line.services.personalizer.metric(PARTITIONS),
      second: await second.metric(PARTITIONS),
    };
    if (partitions.second === 0) throw new Error('The second personalizer was given no partitions.');
    const leaving = await line.loadDuring(rate, () => second.stop(), seconds);
    await journal.untilQuiet();
    report({
      bench: 'rebalance',
      eventToOfferP99Ms: journal.summary(joining.from, leaving.to).eventToOfferMs?.p99,
      partitions,
      phases: {
        steady: journal.summary(steady.from, steady.to),
        joining: journal.summary(joining.from, joining.to),
        leaving: journal.summary(leaving.from, leaving.to),
      },
      broker: line.rig.brokerSource,
      settings,
      machine: machine(),
    });
  } finally {
    await line.close();
  }
};
