import { itemHash, RETRIEVAL_OUTPUTS, type ItemId, type TenantId } from '@offerstream/contracts';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { HISTORY_LENGTH, HistoryWindow, historyInputs } from './history-window.js';
import type { InteractionLog } from './interaction-log.js';
import { createPrequential, type PrequentialEvent, type PrequentialReport } from './prequential.js';
import { RESULTS } from './retrieval-graph.js';

export interface EvaluationOptions {
  readonly tenant: TenantId;
  /** The part before this position of the log is known; the rest is asked, event by event. */
  readonly from: number;
  /** Interactions of a history; default {@link HISTORY_LENGTH}. */
  readonly historyLength?: number;
  /** Items of a served list; default {@link SERVED}. */
  readonly slots?: number;
  readonly signal?: AbortSignal;
  /** Called with the share that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Items of an offer. */
export const SERVED = 20;
const BATCH = 128;

/**
 * The prequential hit rate of a retrieval model in a real session: each interaction of the later part of a log is looked for
 * in the list that the model gives for the history up to the shopper's interaction before it.
 */
export const evaluateModel = async (
  model: string | Uint8Array,
  log: InteractionLog,
  options: EvaluationOptions,
): Promise<PrequentialReport> => {
  const { tenant, from, historyLength = HISTORY_LENGTH, slots = SERVED } = options;
  const hashes = BigInt64Array.from(log.itemIds, (id) => itemHash(tenant, id as ItemId));
  const idOf = new Map(log.itemIds.map((id, item) => [hashes[item], id]));
  const window = new HistoryWindow(log, historyLength);
  for (let position = 0; position < from; position++) window.add(position);
  const prequential = createPrequential(events(log, 0, from));
  const session = await openSession(model);
  try {
    let batch: { readonly position: number; readonly history: readonly number[] }[] = [];
    const ask = async (): Promise<void> => {
      options.signal?.throwIfAborted();
      const asked = batch.filter(({ history }) => history.length > 0);
      const served = new Map<number, readonly string[]>();
      if (asked.length > 0) {
        const inputs = historyInputs(log, hashes, asked.map(({ history }) => history), historyLength);
        const items = dataOf(await session.run(inputs), RETRIEVAL_OUTPUTS.items, 'int64');
        asked.forEach(({ position }, row) => {
          const list = Array.from(items.subarray(row * RESULTS, row * RESULTS + slots), (hash) => idOf.get(hash) ?? '');
          served.set(position, list);
        });
      }
      for (const { position } of batch) {
        prequential.observe(eventAt(log, position), served.get(position));
      }
      batch = [];
    };
    for (let position = from; position < log.items.length; position++) {
      batch.push({ position, history: window.of(log.subjects[position] as number) });
      window.add(position);
      if (batch.length === BATCH) {
        await ask();
        options.onProgress?.((position - from) / (log.items.length - from));
      }
    }
    await ask();
  } finally {
    await session.close();
  }
  return prequential.report();
};

const eventAt = (log: InteractionLog, position: number): PrequentialEvent => ({
  subject: String(log.subjects[position]),
  items: [log.itemIds[log.items[position] as number] as string],
});

function* events(log: InteractionLog, from: number, to: number): Generator<PrequentialEvent> {
  for (let position = from; position < to; position++) yield eventAt(log, position);
}
