import {
  ACTION,
  itemHash,
  RETRIEVAL_INPUTS,
  RETRIEVAL_OUTPUTS,
  type ItemId,
  type TenantId,
} from '@offerstream/contracts';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { HISTORY_LENGTH, HistoryWindow, historyInputs } from './history-window.js';
import type { InteractionLog } from './interaction-log.js';
import { RESULTS } from './ranker.js';

/** A shopper touches items that nobody had touched when models were made. */
export interface NewItemQuestion {
  /** Number of the shopper. */
  readonly subject: number;
  /** Positions in the log of what the shopper did before, oldest first. */
  readonly history: readonly number[];
  /** Numbers of the items, those that are new to the shopper too. */
  readonly wanted: ReadonlySet<number>;
  /** The shopper has touched these new items before: nobody lists them. */
  readonly touched: readonly number[];
  /** How many interactions each new item has had by then, in the order of {@link NewItems.items}. */
  readonly soFar: Float64Array;
}

export interface NewItems {
  /** Numbers of the items that are first touched from `from` on. */
  readonly items: readonly number[];
  readonly questions: readonly NewItemQuestion[];
}

/** Places of a list. */
export const NEW_ITEMS_CUTOFF = 20;

/**
 * Asks about each moment, from a position of a log on, at which a shopper with a history touches items that are new since then. What is
 * removed is not wanted.
 */
export const newItems = (log: InteractionLog, from: number): NewItems => {
  const isWanted = (position: number): boolean => log.actions[position] !== ACTION.remove;
  const known = new Set(log.items.subarray(0, from));
  const later = log.items.subarray(from).filter((item, place) => isWanted(from + place) && !known.has(item));
  const items = [...new Set(later)].sort((a, b) => a - b);
  const placeOf = new Map(items.map((item, place) => [item, place]));
  const window = new HistoryWindow(log, HISTORY_LENGTH);
  const touchedBy = new Map<number, Set<number>>();
  const soFar = new Float64Array(items.length);
  const questions: NewItemQuestion[] = [];
  let position = 0;
  while (position < log.items.length) {
    const subject = log.subjects[position] as number;
    let end = position + 1;
    while (log.subjects[end] === subject && log.times[end] === log.times[position]) end += 1;
    const together = log.items.subarray(position, end).filter((_, place) => isWanted(position + place));
    const touched = touchedBy.get(subject) ?? new Set<number>();
    touchedBy.set(subject, touched);
    const wanted = new Set([...together].filter((item) => placeOf.has(item) && !touched.has(item)));
    if (wanted.size > 0 && window.has(subject)) {
      questions.push({ subject, history: window.of(subject), wanted, touched: [...touched], soFar: soFar.slice() });
    }
    for (; position < end; position++) {
      const item = log.items[position] as number;
      const place = placeOf.get(item);
      window.add(position);
      if (place === undefined || !isWanted(position)) continue;
      touched.add(item);
      soFar[place] = (soFar[place] as number) + 1;
    }
  }
  return { items, questions };
};

/** For each question the share of what is wanted that is in the first places (recall). @param lists items for each question, best first */
export const newItemRecalls = (
  { questions }: NewItems,
  lists: readonly (readonly number[])[],
  cutoff = NEW_ITEMS_CUTOFF,
): readonly number[] =>
  questions.map(({ wanted }, place) => {
    const found = (lists[place] ?? []).slice(0, cutoff).filter((item) => wanted.has(item));
    return found.length / wanted.size;
  });

/** The new items by a score, best first, without those that the shopper has touched. Equal scores: in the order of the items. */
export const rankedNewItems = (
  { items }: NewItems,
  { touched }: NewItemQuestion,
  scores: ArrayLike<number>,
): readonly number[] =>
  items
    .map((item, place) => ({ item, score: scores[place] as number }))
    .filter(({ item }) => !touched.includes(item))
    .sort((a, b) => b.score - a.score)
    .slice(0, NEW_ITEMS_CUTOFF)
    .map(({ item }) => item);

const BATCH = 64;

/**
 * What a retrieval model lists, in a real session.
 *
 * @param among all that it knows, or the new items alone
 */
export const modelLists = async (
  model: Uint8Array,
  log: InteractionLog,
  { items, questions }: NewItems,
  {
    tenant,
    among,
    signal,
  }: { readonly tenant: TenantId; readonly among: 'new' | 'all'; readonly signal?: AbortSignal },
): Promise<readonly (readonly number[])[]> => {
  const hashes = BigInt64Array.from(log.itemIds, (id) => itemHash(tenant, id as ItemId));
  const numbers = new Map(Array.from(hashes, (hash, item) => [hash, item]));
  const fresh = new Set(items);
  const blocked = among === 'all' ? new BigInt64Array() : hashes.filter((_, item) => !fresh.has(item));
  const lists: (readonly number[])[] = [];
  const session = await openSession(model);
  try {
    for (let start = 0; start < questions.length; start += BATCH) {
      signal?.throwIfAborted();
      const batch = questions.slice(start, start + BATCH);
      const width = Math.max(1, ...batch.map(({ touched }) => touched.length));
      const exclude = new BigInt64Array(batch.length * width);
      batch.forEach(({ touched }, row) =>
        touched.forEach((item, place) => (exclude[row * width + place] = hashes[item] as bigint)),
      );
      const histories = batch.map(({ history }) => history);
      const results = await session.run({
        ...historyInputs(log, hashes, histories, HISTORY_LENGTH),
        [RETRIEVAL_INPUTS.excludeItems]: { dtype: 'int64', dims: [batch.length, width], data: exclude },
        [RETRIEVAL_INPUTS.blockedItems]: { dtype: 'int64', dims: [blocked.length], data: blocked },
      });
      const found = dataOf(results, RETRIEVAL_OUTPUTS.items, 'int64');
      for (let row = 0; row < batch.length; row++) {
        const list = found.subarray(row * RESULTS, row * RESULTS + NEW_ITEMS_CUTOFF);
        lists.push(Array.from(list, (hash) => numbers.get(hash) ?? -1));
      }
    }
  } finally {
    await session.close();
  }
  return lists;
};
