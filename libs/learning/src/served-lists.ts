import { itemHash, RETRIEVAL_OUTPUTS, type ItemId, type TenantId } from '@offerstream/contracts';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { HISTORY_LENGTH, HistoryWindow, historyInputs } from './history-window.js';
import type { InteractionLog } from './interaction-log.js';
import { RESULTS } from './ranker.js';

export interface ServingOptions {
  readonly tenant: TenantId;
  /** The part before this position of the log is known; the rest is asked, interaction by interaction. */
  readonly from: number;
  /** Interactions of a history; default {@link HISTORY_LENGTH}. */
  readonly historyLength?: number;
  /** Items of a served list; default {@link SERVED}. */
  readonly slots?: number;
  readonly signal?: AbortSignal;
}

/** The list that stood when an interaction of the log came. */
export interface ServedList {
  /** Position of the interaction in the log. */
  readonly position: number;
  /** Numbers of the items in the log, best first; empty for a shopper's first interaction. */
  readonly items: readonly number[];
}

/** Items of an offer. */
export const SERVED = 20;
const BATCH = 128;

/**
 * Serves the later part of a log from a retrieval model in a real session: for each interaction, the list for the shopper's
 * history before it.
 */
export async function* servedLists(
  model: string | Uint8Array,
  log: InteractionLog,
  options: ServingOptions,
): AsyncGenerator<ServedList> {
  const { tenant, from, historyLength = HISTORY_LENGTH, slots = SERVED, signal } = options;
  const hashes = BigInt64Array.from(log.itemIds, (id) => itemHash(tenant, id as ItemId));
  const numbers = new Map(Array.from(hashes, (hash, item) => [hash, item]));
  const window = new HistoryWindow(log, historyLength);
  for (let position = 0; position < from; position++) window.add(position);
  const session = await openSession(model);
  try {
    for (let start = from; start < log.items.length; start += BATCH) {
      signal?.throwIfAborted();
      const end = Math.min(start + BATCH, log.items.length);
      const histories: (readonly number[])[] = [];
      for (let position = start; position < end; position++) {
        histories.push(window.of(log.subjects[position] as number));
        window.add(position);
      }
      const results = await session.run(historyInputs(log, hashes, histories, historyLength));
      const found = dataOf(results, RETRIEVAL_OUTPUTS.items, 'int64');
      for (const [row, history] of histories.entries()) {
        const list = found.subarray(row * RESULTS, row * RESULTS + (history.length > 0 ? slots : 0));
        const items = Array.from(list, (hash) => numbers.get(hash)).filter((item) => item !== undefined);
        yield { position: start + row, items };
      }
    }
  } finally {
    await session.close();
  }
}
