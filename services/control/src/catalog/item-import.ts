import { isUtf8 } from 'node:buffer';
import type { CatalogItem } from '@offerstream/contracts';
import { MAX_ITEM_BYTES, readItem, refuse, type ReadItem, type Refusal } from './catalog-item.js';
import { ndjsonLines } from './ndjson-lines.js';

export interface ImportResult {
  readonly accepted: number;
  readonly failed: number;
  /** The first {@link MAX_REPORTED_ERRORS} of those that failed. */
  readonly errors: readonly RowError[];
}

export interface RowError extends Refusal {
  /** Counted from 1. */
  readonly line: number;
}

export const MAX_REPORTED_ERRORS = 1_000;
const BATCH_ROWS = 1_000;
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Takes items line by line and stores the good ones in batches; a bad line stops nobody. Storing waits for the database and so
 * slows the sender down.
 */
export const importItems = async (
  body: AsyncIterable<Buffer>,
  store: (items: readonly CatalogItem[]) => Promise<unknown>,
): Promise<ImportResult> => {
  let accepted = 0;
  let failed = 0;
  const errors: RowError[] = [];
  let batch: CatalogItem[] = [];
  let batchBytes = 0;
  const flush = async (): Promise<void> => {
    await store(batch);
    accepted += batch.length;
    batch = [];
    batchBytes = 0;
  };
  for await (const { number, bytes } of ndjsonLines(body, MAX_ITEM_BYTES)) {
    const { item, refusal } = readLine(bytes);
    if (refusal !== undefined) {
      failed++;
      if (errors.length < MAX_REPORTED_ERRORS) errors.push({ line: number, ...refusal });
      continue;
    }
    batch.push(item);
    batchBytes += bytes?.length ?? 0;
    if (batch.length === BATCH_ROWS || batchBytes >= BATCH_BYTES) await flush();
  }
  if (batch.length > 0) await flush();
  return { accepted, failed, errors };
};

const BYTE_ORDER_MARK = '\uFEFF';

const readLine = (bytes: Buffer | undefined): ReadItem => {
  if (bytes === undefined) return refuse('too-large', `The line is longer than ${MAX_ITEM_BYTES} bytes.`);
  if (!isUtf8(bytes)) return refuse('not-utf8', 'The line is not UTF-8.');
  const text = bytes.toString();
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (error) {
    return refuse('not-json', `The line is not JSON: ${(error as Error).message}`);
  }
  return readItem(value);
};
