import { Problem } from '@offerstream/http-api';
import { KafkaUnavailable, ProducerFull, type ProducerRecord } from '@offerstream/kafka';
import { outcomeOf, outcomeRecord, type Report } from './outcome-records.js';
import type { OutcomesBody } from './outcome-request.js';

export interface TakeOutcomesParts {
  /** Resolves when Kafka has acknowledged all records. Throws `ProducerFull` and `KafkaUnavailable`. */
  readonly producer: { sendAll(records: readonly ProducerRecord[]): Promise<void> };
  /** Name on the broker. */
  readonly topic: string;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly newId: () => string;
}

/** What shops say of what came of their offers → topic `outcomes`. */
export class TakeOutcomes {
  constructor(private readonly parts: TakeOutcomesParts) {}

  /**
   * Resolves with the outcomes' ids when Kafka has them.
   *
   * @throws Problem `too-many-outcomes`, `kafka-unavailable`
   */
  async take({ outcomes }: OutcomesBody, from: Pick<Report, 'tenant' | 'idempotency'>): Promise<readonly string[]> {
    const { producer, topic, nowMs, newId } = this.parts;
    const report: Report = { ...from, receivedMs: nowMs(), newId };
    const taken = outcomes.map((reported, index) => outcomeOf(reported, index, report));
    try {
      await producer.sendAll(taken.map((outcome) => outcomeRecord(topic, outcome)));
    } catch (error) {
      if (error instanceof ProducerFull) throw FULL;
      if (error instanceof KafkaUnavailable) throw KAFKA_AWAY;
      throw error;
    }
    return taken.map(({ id }) => id);
  }
}

const SEND_AGAIN = 'Send the request again after Retry-After, with the same ids or the same Idempotency-Key.';

const FULL = new Problem({
  status: 429,
  code: 'too-many-outcomes',
  reason: 'More outcomes wait for Kafka than are taken.',
  fix: SEND_AGAIN,
  retryAfterSeconds: 1,
});

const KAFKA_AWAY = new Problem({
  status: 503,
  code: 'kafka-unavailable',
  reason: 'Kafka does not acknowledge. The outcomes may have been taken all the same.',
  fix: SEND_AGAIN,
  retryAfterSeconds: 1,
});
