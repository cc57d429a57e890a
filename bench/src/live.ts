import { setTimeout as sleep } from 'node:timers/promises';
import { machine, report } from './machine.js';
import { RunningLine, type ShopSize } from './running-line.js';

export interface LiveSettings extends ShopSize {
  /** Events a second of the first step. */
  readonly from: number;
  /** The search goes no higher. */
  readonly to: number;
  readonly stepSeconds: number;
  /** Of the load at the maximum, which confirms it, and of the load below it. */
  readonly seconds: number;
}

/** A step is this much faster than the one before, until one is too fast. */
const RISE = 1.25;
/** The maximum is known when the next rate tried would be closer to it than this. */
const PRECISION = 1.04;
const SHARE_BELOW = 0.6;
/** Lag is bounded where this long after a load's end its last second has its offers, but for those a newer event replaced. */
const LAG_LIMIT_MS = 1_000;
const OFFERED_SHARE = 0.9;
/** A load that is so many seconds behind is ended early. */
const HOPELESS_SECONDS = 3;

/** The highest rate, written straight to Kafka, that the line keeps up with, and the latency at 60 % of it. */
export const benchLive = async (settings: LiveSettings): Promise<void> => {
  const line = await RunningLine.start(settings, 'kafka');
  try {
    const search = await highestRate(line, settings);
    if (search === undefined) {
      report({
        bench: 'live',
        eventsPerSecond: null,
        reason: `the line does not keep up with ${settings.from} events a second`,
        broker: line.rig.brokerSource,
        settings,
        machine: machine(),
      });
      return;
    }
    const rate = Math.round(search.perSecond * SHARE_BELOW);
    const below = await runAt(line, rate, settings.seconds);
    report({
      bench: 'live',
      eventsPerSecond: search.perSecond,
      atMaximum: search.summary,
      below: { eventsPerSecond: rate, keptUp: below.keptUp, ...below.summary },
      steps: search.steps,
      broker: line.rig.brokerSource,
      settings,
      machine: machine(),
    });
  } finally {
    await line.close();
  }
};

type Run = Awaited<ReturnType<typeof runAt>>;

interface Step {
  readonly perSecond: number;
  readonly keptUp: boolean;
}

const highestRate = async (
  line: RunningLine,
  { from, to, stepSeconds, seconds }: LiveSettings,
): Promise<(Run & { readonly perSecond: number; readonly steps: readonly Step[] }) | undefined> => {
  const steps: Step[] = [];
  const tryAt = async (perSecond: number, forSeconds: number): Promise<Run> => {
    const run = await runAt(line, perSecond, forSeconds);
    steps.push({ perSecond, keptUp: run.keptUp });
    return run;
  };
  // What the first events cost, in code that is not compiled yet, says nothing about the rate.
  await line.warmUp(from, stepSeconds);

  let kept = 0;
  let tooFast = to * RISE;
  for (let rate = from; rate <= to; rate = Math.round(rate * RISE)) {
    if ((await tryAt(rate, stepSeconds)).keptUp) kept = rate;
    else {
      tooFast = rate;
      break;
    }
  }
  while (kept > 0 && tooFast / kept > PRECISION ** 2) {
    const rate = Math.round(Math.sqrt(kept * tooFast));
    if (rate > to) break;
    if ((await tryAt(rate, stepSeconds)).keptUp) kept = rate;
    else tooFast = rate;
  }
  // A long load may be too much where a short one was not. Falling faster and faster ends after a few.
  let rate = kept;
  for (let fall = PRECISION; rate >= from; fall **= 2) {
    const run = await tryAt(rate, seconds);
    if (run.keptUp) return { ...run, perSecond: rate, steps };
    rate = Math.round(rate / fall);
  }
  return undefined;
};

const runAt = async (line: RunningLine, perSecond: number, seconds: number) => {
  const { journal } = line;
  const from = journal.length;
  const startedAt = performance.now();
  let checkAt = startedAt;
  await line.load({
    perSecond,
    seconds,
    isEnough: () => {
      if (performance.now() < checkAt) return false;
      checkAt = performance.now() + 500;
      const old = Math.max(from, journal.length - HOPELESS_SECONDS * perSecond);
      return old > from && journal.offersOf(old - perSecond / 2, old) === 0;
    },
  });
  const to = journal.length;
  const wasWhole = to - from === Math.round(perSecond * seconds);
  const wasInTime = performance.now() - startedAt < seconds * 1_050;
  await sleep(LAG_LIMIT_MS);
  const lastSecond = Math.max(from, to - perSecond);
  const hasOffers = journal.offersOf(lastSecond, to) >= OFFERED_SHARE * (to - lastSecond);
  const keptUp = wasWhole && wasInTime && hasOffers;
  await journal.untilQuiet();
  return { keptUp, summary: journal.summary(from, to) };
};
