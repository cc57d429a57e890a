import { setTimeout as delay } from 'node:timers/promises';
import type { LocalRun } from '@offerstream/infra';
import type { Kafka } from '@offerstream/kafka';
import type { Display } from './display.js';
import { readFigures } from './figures.js';
import { RecentFigures } from './recent-figures.js';
import type { RunStateFile } from './run-state-file.js';

const REFRESH_MS = 1_000;

/** Keeps what is shown and what others may read up to date, until the line stops. */
export const watchLine = async (run: LocalRun, kafka: Kafka, file: RunStateFile, display: Display): Promise<void> => {
  const recent = new RecentFigures();
  const isStopping = (): boolean => run.stopping.aborted;
  while (!isStopping()) {
    await file.update({ processes: processesOf(run) });
    try {
      const figures = await readFigures(file.current.admin, kafka);
      if (!isStopping()) display.show(file.current, recent.add(figures, performance.now()));
    } catch {
      // A part that is being started again does not answer; the supervisor says so.
    }
    await delay(REFRESH_MS, undefined, { signal: run.stopping }).catch(() => undefined);
  }
};

export const processesOf = (run: LocalRun): Readonly<Record<string, number>> =>
  Object.fromEntries(run.parts().flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]])));
