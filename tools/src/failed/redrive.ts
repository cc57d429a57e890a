import { withoutFailedHeaders } from '@offerstream/contracts';
import {
  BatchingProducer,
  endOffsets,
  homePartition,
  RecordRejected,
  type Kafka,
  type ProducerRecord,
  type RawRecord,
} from '@offerstream/kafka';
import { readToEnd } from '../line/read-topic.js';
import { readFailedRecord, type FailedRecord } from './failed-record.js';
import type { LedgerEntry, RedriveLedger } from './redrive-ledger.js';

export interface RedriveOptions {
  /** Names on the broker. */
  readonly topics: { readonly clickstream: string; readonly failed: string };
  /** Only records that failed for this reason. */
  readonly reason?: string | undefined;
  readonly ledger: RedriveLedger;
  readonly signal: AbortSignal;
}

export interface RedriveResult {
  readonly sent: number;
  /** Sent by an earlier run. */
  readonly sentBefore: number;
  /** Copies of others that a retry has made. */
  readonly copies: number;
  /** Without a key nobody knows where they belong. */
  readonly withoutKey: readonly FailedRecord[];
  /** Kafka refuses them as they are. */
  readonly rejected: readonly FailedRecord[];
}

const CHUNK_RECORDS = 200;
const CHUNK_BYTES = 8 * 1024 * 1024;

interface Chosen {
  readonly failed: FailedRecord;
  readonly record: ProducerRecord & { readonly partition: number };
}

/**
 * Sends the failed records that are on the topic now to the clickstream again, each once: as they came, without what the failure has
 * added, to the home partition of their key. A run that was killed is taken up: what it was sending is looked for on the clickstream.
 *
 * @throws KafkaUnavailable: what was not acknowledged is looked for in the next run; the signal's reason when it aborts
 */
export const redrive = async (kafka: Kafka, options: RedriveOptions): Promise<RedriveResult> => {
  const { topics, reason, ledger, signal } = options;
  await findUnknown(kafka, options);

  const producer = new BatchingProducer(kafka, { lingerMs: 0 });
  const withoutKey: FailedRecord[] = [];
  const rejected: FailedRecord[] = [];
  const seen = new Set<string>();
  let sentBefore = 0;
  let copies = 0;
  let sent = 0;
  let chunk: Chosen[] = [];
  let bytes = 0;

  const partitions = (await endOffsets(kafka, topics.clickstream)).size;
  const sendChunk = async (): Promise<void> => {
    const refused = await send(kafka, producer, chunk, options);
    rejected.push(...refused);
    sent += chunk.length - refused.length;
    chunk = [];
    bytes = 0;
  };
  try {
    await readToEnd(
      kafka,
      topics.failed,
      async (records) => {
        for (const raw of records) {
          signal.throwIfAborted();
          const failed = readFailedRecord(raw);
          if (reason !== undefined && failed.reason !== reason) continue;
          if (seen.has(failed.origin)) {
            copies += 1;
            continue;
          }
          seen.add(failed.origin);
          if (ledger.wasSent(failed)) {
            sentBefore += 1;
            continue;
          }
          if (raw.key === null || raw.key.length === 0) {
            withoutKey.push(failed);
            continue;
          }
          chunk.push({ failed, record: asItCame(raw, raw.key, topics.clickstream, partitions) });
          bytes += raw.value?.length ?? 0;
          if (chunk.length >= CHUNK_RECORDS || bytes >= CHUNK_BYTES) await sendChunk();
        }
      },
      { signal },
    );
    await sendChunk();
  } finally {
    await producer.disconnect();
  }
  return { sent, sentBefore, copies, withoutKey, rejected };
};

const asItCame = (raw: RawRecord, key: Buffer, topic: string, partitions: number): Chosen['record'] => ({
  topic,
  partition: homePartition(key, partitions),
  key,
  value: raw.value,
  headers: withoutFailedHeaders(raw.headers),
});

/** Gives back those that Kafka refuses. */
const send = async (
  kafka: Kafka,
  producer: BatchingProducer,
  chunk: readonly Chosen[],
  { topics, ledger }: RedriveOptions,
): Promise<readonly FailedRecord[]> => {
  if (chunk.length === 0) return [];
  const ends = await endOffsets(kafka, topics.clickstream);
  ledger.write(
    chunk.map(({ failed, record: { partition } }) => ({
      ...entryOf(failed, 'sending'),
      home: { partition, end: ends.get(partition) ?? 0 },
    })),
  );
  const results = await Promise.allSettled(chunk.map(({ record }) => producer.append(record)));
  const refused: FailedRecord[] = [];
  const known: LedgerEntry[] = [];
  let error: Error | undefined;
  for (const [index, result] of results.entries()) {
    const { failed } = chunk[index] as Chosen;
    if (result.status === 'fulfilled') {
      known.push(entryOf(failed, 'sent'));
    } else if (result.reason instanceof RecordRejected) {
      known.push(entryOf(failed, 'not-sent'));
      refused.push(failed);
    } else {
      error = result.reason as Error;
    }
  }
  ledger.write(known);
  if (error !== undefined) throw error;
  return refused;
};

const entryOf = (failed: FailedRecord, state: LedgerEntry['state']): LedgerEntry => ({
  partition: failed.partition,
  offset: failed.offset,
  appendedAt: failed.appendedAt,
  origin: failed.origin,
  state,
});

/**
 * Settles what an earlier run was sending when it ended: a record that stands on the clickstream, in its home partition, after the
 * moment before it was sent, was sent. What is not on this failed topic stays unknown: it was sent to another Kafka, or is kept no more.
 */
const findUnknown = async (kafka: Kafka, { topics, ledger, signal }: RedriveOptions): Promise<void> => {
  const unknown = ledger.unknown();
  if (unknown.length === 0) return;
  const here: LedgerEntry[] = [];
  const wanted = new Map<string, LedgerEntry[]>();
  await readToEnd(
    kafka,
    topics.failed,
    (records) => {
      for (const raw of records) {
        const entry = ledger.entryOf(raw);
        if (entry?.state !== 'sending') continue;
        here.push(entry);
        const content = contentOf(raw);
        wanted.set(content, [...(wanted.get(content) ?? []), entry]);
      }
    },
    { from: firstPlaces(unknown), signal },
  );
  if (here.length === 0) return;

  // One record on the clickstream is the proof for one failed record.
  const sent = new Set<LedgerEntry>();
  await readToEnd(
    kafka,
    topics.clickstream,
    (records) => {
      for (const raw of records) {
        const entries = wanted.get(contentOf(raw)) ?? [];
        const at = entries.findIndex(({ home }) => home?.partition === raw.partition && home.end <= raw.offset);
        const [entry] = at < 0 ? [] : entries.splice(at, 1);
        if (entry !== undefined) sent.add(entry);
      }
    },
    {
      from: firstPlaces(
        here.flatMap(({ home }) => (home === undefined ? [] : [{ partition: home.partition, offset: home.end }])),
      ),
      signal,
    },
  );
  ledger.write(here.map((entry) => ({ ...entry, home: undefined, state: sent.has(entry) ? 'sent' : 'not-sent' })));
};

const firstPlaces = (
  places: Iterable<{ readonly partition: number; readonly offset: number }>,
): ReadonlyMap<number, number> => {
  const first = new Map<number, number>();
  for (const { partition, offset } of places) first.set(partition, Math.min(first.get(partition) ?? offset, offset));
  return first;
};

/** Key, value and headers as the record came. */
const contentOf = ({ key, value, headers }: RawRecord): string =>
  JSON.stringify([
    key?.toString('base64') ?? null,
    value?.toString('base64') ?? null,
    Object.entries(withoutFailedHeaders(headers))
      .map(([name, header]) => [name, header?.toString('base64') ?? null])
      .sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
  ]);
