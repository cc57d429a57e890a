import { readSegmentCall, type DropReason, type Tenant } from '@offerstream/contracts';
import { endOffsets, groupLag, type Kafka } from '@offerstream/kafka';
import type { HistoryEvent } from '../events/history.js';
import type { Line } from '../line/line.js';
import { patiently, type OnWaiting } from '../line/patiently.js';
import { pause } from '../line/pause.js';
import { readToEnd } from '../line/read-topic.js';
import type { Journal } from './journal.js';
import type { JournalEntry } from './outcomes.js';
import type { FateWatch } from './watch-fates.js';

export interface SettleOptions {
  readonly line: Line;
  readonly kafka: Kafka;
  readonly tenant: Tenant;
  readonly events: readonly HistoryEvent[];
  readonly journal: Journal;
  readonly watch: FateWatch;
  readonly signal: AbortSignal;
  readonly onWaiting: OnWaiting;
}

const CHECK_MS = 100;

/**
 * Finds out what has become of accepted events that caused no offer. The personalizer commits an offset after what it made of the
 * records before it is on its topics; so once it has committed past an event, and those topics are read, the event was dropped or
 * has changed the profile in silence.
 */
export class Settlement {
  readonly #copies: Map<string, number>;
  readonly #searched = new Map<number, number>();

  constructor(readonly options: SettleOptions) {
    this.#copies = new Map(options.events.map(({ subject, messageId }) => [copyKey(subject, messageId), 0]));
  }

  /** Every event that has been accepted when this is called has its fate when it resolves. */
  async settle(): Promise<void> {
    const { line, kafka, events, journal, watch } = this.options;
    const open = journal.outcomes.open();
    if (open.length === 0) return;
    const clickstream = line.topic('clickstream');
    const ends = await this.#patiently(() => endOffsets(kafka, clickstream));
    await this.#until(async () => {
      const lag = await groupLag(kafka, line.groupId, clickstream);
      return [...ends].every(([partition, end]) => {
        const at = lag.get(partition);
        return at !== undefined && (at.committed === undefined ? at.lag === 0 : at.committed >= end);
      });
    });
    for (const topic of ['offers', 'clickstream-failed'] as const) {
      const written = await this.#patiently(() => endOffsets(kafka, line.topic(topic)));
      await this.#until(() => Promise.resolve(watch.hasRead(topic, written)));
    }
    const silent = open.filter((event) => journal.outcomes.fates[event] === undefined);
    if (silent.length === 0) return;
    await this.#countCopies(clickstream);
    journal.append(silent.map((event) => this.#fateOf(event, events[event] as HistoryEvent)));
  }

  #fateOf(event: number, { subject, messageId, call }: HistoryEvent): JournalEntry {
    const drop = (reason: DropReason): JournalEntry => ({ kind: 'dropped', event, reason });
    const read = readSegmentCall(JSON.parse(call));
    if (this.options.tenant.consent === 'required' && read.ok && !read.event.consent) return drop('no-consent');
    if ((this.#copies.get(copyKey(subject, messageId)) ?? 0) > 1) return drop('duplicate');
    return { kind: 'applied', event };
  }

  /** How often each event stands on the clickstream, from this replay or an earlier one; goes on where the last count ended. */
  async #countCopies(topic: string): Promise<void> {
    const { kafka, tenant, signal } = this.options;
    const ours = `${tenant.id}:`;
    await readToEnd(
      kafka,
      topic,
      (records) => {
        for (const { key, headers, partition, offset } of records) {
          if (offset < (this.#searched.get(partition) ?? 0)) continue;
          this.#searched.set(partition, offset + 1);
          const text = key?.toString() ?? '';
          if (!text.startsWith(ours)) continue;
          const copy = copyKey(text.slice(ours.length), headers['ce_id']?.toString() ?? '');
          const count = this.#copies.get(copy);
          if (count !== undefined) this.#copies.set(copy, count + 1);
        }
      },
      { from: this.#searched, signal },
    );
  }

  #patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
    return patiently(attempt, this.options);
  }

  async #until(isTrue: () => Promise<boolean>): Promise<void> {
    const { signal } = this.options;
    while (!(await this.#patiently(isTrue))) {
      await pause(CHECK_MS, signal);
    }
  }
}

const copyKey = (subject: string, messageId: string): string => `${subject}\0${messageId}`;
