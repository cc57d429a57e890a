import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '@offerstream/infra';
import { InferenceClient } from '@offerstream/inference-client';
import type { SteadyLoad } from './latency.js';
import { machine, report } from './machine.js';
import { RunningLine } from './running-line.js';
import { MODEL, writeModel } from './shop.js';

const LOAD_TIMEOUT_MS = 60_000;
const NEXT = '2';

/** How long offers are held up while a model version appears, is loaded and promoted, under a steady load. */
export const benchSwap = async (settings: SteadyLoad): Promise<void> => {
  const { rate, seconds, warmUpSeconds, items, dimensions } = settings;
  const line = await RunningLine.start(settings, 'collector');
  const { journal, rig } = line;
  try {
    // Made beforehand: what training costs is not what is measured.
    await writeModel(rig.path('trained'), NEXT, items, dimensions);
    await line.warmUp(rate, warmUpSeconds);
    const steady = await line.loadDuring(rate, () => Promise.resolve(), seconds);
    let appearedAt = 0;
    let promotedAt = 0;
    const swap = await line.loadDuring(
      rate,
      async () => {
        appearedAt = performance.now();
        await rename(join(rig.path('trained'), MODEL, NEXT), join(rig.path('models'), MODEL, NEXT));
        await untilServed(line.inferenceAddress);
        promotedAt = performance.now();
        await line.promote(NEXT);
      },
      seconds,
    );
    await journal.untilQuiet();
    const firstOfferAt = journal.firstSeen(swap.from, { version: NEXT });
    if (firstOfferAt === undefined) throw new Error('No offer came from the promoted version.');
    const across = journal.summary(swap.from, swap.to);
    report({
      bench: 'swap',
      eventToOfferP99Ms: across.eventToOfferMs?.p99,
      loadedMs: Math.round(promotedAt - appearedAt),
      promotedToFirstOfferMs: Math.round(firstOfferAt - promotedAt),
      phases: { steady: journal.summary(steady.from, steady.to), swap: across },
      broker: rig.brokerSource,
      settings,
      machine: machine(),
    });
  } finally {
    await line.close();
  }
};

const untilServed = async (address: string): Promise<void> => {
  const inference = new InferenceClient(address);
  try {
    const request = { model: MODEL, version: NEXT, deadlineMs: 1_000 };
    if (!(await waitUntil(() => inference.modelReady(request), { timeoutMs: LOAD_TIMEOUT_MS, everyMs: 50 })))
      throw new Error(`${MODEL} version ${NEXT} was not served within ${LOAD_TIMEOUT_MS} ms.`);
  } finally {
    inference.close();
  }
};
