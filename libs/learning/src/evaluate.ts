import type { InteractionLog } from './interaction-log.js';
import { createPrequential, PREQUENTIAL_CUTOFF, type PrequentialEvent, type PrequentialReport } from './prequential.js';
import { servedLists, type ServingOptions } from './served-lists.js';

/**
 * The prequential hit rate of a retrieval model in a real session: each interaction of the later part of a log is looked for
 * in the list that the model gives for the history up to the shopper's interaction before it. Beside it stand the baselines.
 */
export const evaluateModel = async (
  model: string | Uint8Array,
  log: InteractionLog,
  options: ServingOptions,
): Promise<PrequentialReport> => {
  const prequential = createPrequential(eventsBefore(log, options.from));
  for await (const { position, items } of servedLists(model, log, options)) {
    prequential.observe(
      eventAt(log, position),
      items.map((item) => log.itemIds[item] as string),
    );
  }
  return prequential.report();
};

/** The hit rates of {@link evaluateModel} alone, in a fraction of the time: what settings are compared by. */
export const servedHitRates = async (
  model: string | Uint8Array,
  log: InteractionLog,
  options: ServingOptions,
): Promise<{ readonly repeatsAllowed: number; readonly newItemsOnly: number }> => {
  const touched = new Set<number>();
  const touch = (subject: number, item: number): number => subject * log.itemIds.length + item;
  log.items
    .subarray(0, options.from)
    .forEach((item, position) => touched.add(touch(log.subjects[position] as number, item)));
  const all = { events: 0, hits: 0 };
  const fresh = { events: 0, hits: 0 };
  for await (const { position, items } of servedLists(model, log, options)) {
    const subject = log.subjects[position] as number;
    const item = log.items[position] as number;
    all.events += 1;
    if (items.slice(0, PREQUENTIAL_CUTOFF).includes(item)) all.hits += 1;
    if (!touched.has(touch(subject, item))) {
      const untouched = items.filter((candidate) => !touched.has(touch(subject, candidate)));
      fresh.events += 1;
      if (untouched.slice(0, PREQUENTIAL_CUTOFF).includes(item)) fresh.hits += 1;
    }
    touched.add(touch(subject, item));
  }
  return {
    repeatsAllowed: all.hits / Math.max(1, all.events),
    newItemsOnly: fresh.hits / Math.max(1, fresh.events),
  };
};

const eventAt = (log: InteractionLog, position: number): PrequentialEvent => ({
  subject: String(log.subjects[position]),
  items: [log.itemIds[log.items[position] as number] as string],
});

function* eventsBefore(log: InteractionLog, end: number): Generator<PrequentialEvent> {
  for (let position = 0; position < end; position++) yield eventAt(log, position);
}
