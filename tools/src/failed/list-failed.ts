import type { Kafka, RawRecord } from '@offerstream/kafka';
import { readToEnd } from '../line/read-topic.js';
import { readFailedRecord, type FailedRecord } from './failed-record.js';
import type { RedriveLedger } from './redrive-ledger.js';

export interface ListOptions {
  /** Name of the failed topic on the broker. */
  readonly topic: string;
  readonly ledger: RedriveLedger;
  /** Only records that failed for this reason. */
  readonly reason?: string | undefined;
  /** Samples of each reason: the newest ones. */
  readonly samples: number;
  readonly signal: AbortSignal;
}

export interface FailedSample extends Omit<FailedRecord, 'origin' | 'reason' | 'appendedAt'> {
  readonly key: string | null;
  /** When it was put there, RFC 3339. */
  readonly failedAt: string;
  /** The beginning of what it holds. */
  readonly value: string | null;
}

/** Records that failed for one reason; copies made by a retry count once. */
export interface FailedReason {
  readonly reason: string;
  /** Those that were not sent again. */
  readonly waiting: number;
  readonly sentAgain: number;
  /** Of those that wait. */
  readonly samples: readonly FailedSample[];
}

const VALUE_LENGTH = 200;

/** What is on the failed topic now, by reason, most frequent first. */
export const listFailed = async (kafka: Kafka, options: ListOptions): Promise<readonly FailedReason[]> => {
  const { topic, ledger, reason: only, samples: most, signal } = options;
  const reasons = new Map<string, { waiting: number; sentAgain: number; samples: FailedSample[] }>();
  const seen = new Set<string>();
  await readToEnd(
    kafka,
    topic,
    (records) => {
      for (const raw of records) {
        const failed = readFailedRecord(raw);
        if ((only !== undefined && failed.reason !== only) || seen.has(failed.origin)) continue;
        seen.add(failed.origin);
        const group = reasons.get(failed.reason) ?? { waiting: 0, sentAgain: 0, samples: [] };
        reasons.set(failed.reason, group);
        if (ledger.wasSent(failed)) {
          group.sentAgain += 1;
          continue;
        }
        group.waiting += 1;
        group.samples.push(sampleOf(raw, failed));
        if (group.samples.length > most) group.samples.shift();
      }
    },
    { signal },
  );
  return [...reasons]
    .map(([reason, group]) => ({ reason, ...group }))
    .sort((a, b) => b.waiting - a.waiting || (a.reason < b.reason ? -1 : 1));
};

const sampleOf = ({ key, value, appendedAt }: RawRecord, failed: FailedRecord): FailedSample => ({
  partition: failed.partition,
  offset: failed.offset,
  step: failed.step,
  detail: failed.detail,
  key: key?.toString() ?? null,
  failedAt: new Date(appendedAt).toISOString(),
  value: value?.subarray(0, VALUE_LENGTH).toString() ?? null,
});

/** For people. */
export const failedText = (reasons: readonly FailedReason[]): string => {
  if (reasons.length === 0) return 'Nothing has failed.\n';
  return reasons
    .map(({ reason, waiting, sentAgain, samples }) =>
      [
        `${reason}: ${waiting}${sentAgain === 0 ? '' : ` (and ${sentAgain} that were sent again)`}`,
        ...samples.flatMap(({ partition, offset, key, failedAt, step, detail, value }) => [
          `  ${failedAt}  ${partition}:${offset}  key ${printable(key)}  ${step}: ${detail}`,
          `    ${printable(value)}`,
        ]),
        '',
      ].join('\n'),
    )
    .join('\n');
};

/** Bytes that came from outside must not steer the terminal. */
const printable = (text: string | null): string => (text === null ? '(none)' : text.replace(/[\p{C}]/gu, '�'));
