import { offerSchema, readFailedHeaders, splitKey, type PlacementId, type TenantId } from '@offerstream/contracts';
import { tailTopic, type Kafka, type RawRecord, type TopicTail } from '@offerstream/kafka';
import type { Journal } from './journal.js';
import type { JournalEntry, WatchedTopic } from './outcomes.js';

export interface WatchOptions {
  readonly tenant: TenantId;
  /** The placement whose offers are measured. */
  readonly placement: PlacementId;
  /** Names on the broker. */
  readonly topics: Readonly<Record<WatchedTopic, string>>;
  /** The replay's event with this id. */
  readonly eventOf: (messageId: string) => number | undefined;
  /** When this process sent the event, by `performance.now()`; undefined when it did not. */
  readonly sentAt: (event: number) => number | undefined;
  readonly onFate: () => void;
}

/** Reads the offers that the replayed events cause, and which of them fail, into the journal. */
export class FateWatch {
  readonly #tails: readonly TopicTail[];

  constructor(
    readonly kafka: Kafka,
    readonly journal: Journal,
    readonly options: WatchOptions,
  ) {
    this.#tails = [
      this.#tail('offers', (record) => this.#fromOffer(record)),
      this.#tail('clickstream-failed', (record) => this.#fromFailed(record)),
    ];
  }

  /** Rejects when watching has ended with an error; never resolves. */
  get failed(): Promise<never> {
    return Promise.race(this.#tails.map((tail) => tail.failed));
  }

  /** Whether a topic has been read up to these offsets. */
  hasRead(topic: WatchedTopic, ends: ReadonlyMap<number, number>): boolean {
    const positions = this.journal.outcomes.positions[topic];
    return [...ends].every(([partition, end]) => (positions.get(partition) ?? 0) >= end);
  }

  async close(): Promise<void> {
    await Promise.all(this.#tails.map((tail) => tail.close()));
  }

  #tail(topic: WatchedTopic, read: (record: RawRecord) => JournalEntry | undefined): TopicTail {
    return tailTopic(this.kafka, this.options.topics[topic], {
      from: this.journal.outcomes.positions[topic],
      onRecords: (records) => {
        const entries = records.map(read).filter((entry) => entry !== undefined);
        const last = records.at(-1);
        if (last === undefined) return;
        this.journal.append([...entries, { kind: 'read', topic, partition: last.partition, next: last.offset + 1 }]);
        this.options.onFate();
      },
    });
  }

  #fromOffer({ key, value }: RawRecord): JournalEntry | undefined {
    const { tenant, placement, eventOf, sentAt } = this.options;
    if (key === null || value === null || splitKey(key.toString())?.tenant !== tenant) return undefined;
    const offer = offerSchema.parse(JSON.parse(value.toString()));
    const event = eventOf(offer.cause.messageId);
    if (event === undefined || offer.placement !== placement) return undefined;
    const sent = sentAt(event);
    const latency = sent === undefined ? {} : { latencyMs: Math.round((performance.now() - sent) * 10) / 10 };
    return { kind: 'offer', event, items: offer.items.map(({ item }) => item), ...latency };
  }

  #fromFailed({ key, headers }: RawRecord): JournalEntry | undefined {
    const { tenant, eventOf } = this.options;
    const messageId = headers['ce_id']?.toString();
    const { reason, origin } = readFailedHeaders(headers);
    // What the collector refused has no origin; its answer told.
    if (key === null || messageId === undefined || origin === undefined) return undefined;
    if (splitKey(key.toString())?.tenant !== tenant) return undefined;
    const event = eventOf(messageId);
    return event === undefined ? undefined : { kind: 'failed', event, reason };
  }
}
