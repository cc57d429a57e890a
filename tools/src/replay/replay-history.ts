import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { PlacementId, Tenant, TenantId } from '@offerstream/contracts';
import { ControlError } from '@offerstream/control-client';
import { endOffsets } from '@offerstream/kafka';
import { splitByTime, type History, type HistoryEvent } from '../events/history.js';
import { HistoryError } from '../events/errors.js';
import { CollectorClient, CollectorError } from '../line/collector-client.js';
import type { Line } from '../line/line.js';
import { patiently, type OnWaiting } from '../line/patiently.js';
import { pause } from '../line/pause.js';
import { readTenant } from '../line/read-topic.js';
import { ReplayError } from './errors.js';
import { Journal } from './journal.js';
import { Lanes } from './lanes.js';
import type { JournalEntry, Positions } from './outcomes.js';
import { dueAfterMs, waitUntilMoment, type PaceOptions } from './pace.js';
import { replayReport, type ReplayReport } from './report.js';
import { Settlement } from './settle.js';
import { FateWatch } from './watch-fates.js';
import { replayWriteKey } from './write-key.js';

export interface ReplayOptions {
  readonly history: History;
  readonly files: readonly string[];
  readonly tenant: TenantId;
  /** The share of the events, by time, that is not sent: a model has learned from it. */
  readonly fraction: number;
  readonly pace: PaceOptions;
  /** Forgets an earlier or interrupted replay of this history. */
  readonly restart: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: {
    readonly settled: number;
    readonly accepted: number;
    readonly events: number;
  }) => void;
  readonly onWaiting: OnWaiting;
}

/** Events that may be under way, so that the latency is the line's and not that of a backlog. */
const MAX_OPEN = 2_000;
/** Without any news for so long, the open events are looked for. */
const QUIET_MS = 1_000;
const SAVE_TIME_MS = 1_000;
/** A write key is known to the collector as soon as it has read the topic. */
const KEY_KNOWN_WITHIN_MS = 30_000;
const HOME = 'home';

/**
 * Sends a shop's history through the running line in time order, each shopper's events one after the other, and reports what came
 * of it. What is known is kept in the data folder: an interrupted replay goes on where it was, and one that is done is only
 * reported. Waits while a part of the line is away.
 *
 * @throws ReplayError, CollectorError, HistoryError, RunStateError, ControlError; the signal's reason when it aborts
 */
export const replayHistory = async (line: Line, options: ReplayOptions): Promise<ReplayReport> => {
  const { history, files, tenant, fraction, restart } = options;
  const { training, rest } = splitByTime(history.events, fraction);
  if (rest.length === 0)
    throw new HistoryError('nothing-left', `No event is left to replay at --train-fraction ${fraction}.`);
  const kafka = await line.kafka('replay');
  const known = await readTenant(kafka, line.topic('tenants'), tenant, options.signal);
  const placement = known?.placements.find(({ id }) => id === HOME) ?? known?.placements[0];
  if (known === undefined || placement === undefined) {
    throw new ReplayError(
      'no-placement',
      false,
      `Tenant ${tenant} has no placement, so nothing would be offered. Run "npm run train" first.`,
    );
  }

  const folder = join(line.dataDir, 'replay');
  const key = createHash('sha256').update(`${history.digest}\0${tenant}\0${fraction}`).digest('hex').slice(0, 16);
  const journal = await Journal.open(join(folder, key), rest.length, restart);
  try {
    if (!journal.outcomes.done) {
      const writeKey = await replayWriteKey(folder, tenant);
      await new Replay(line, options, rest, known, placement.id, journal, writeKey).run();
    }
    return replayReport({
      tenant,
      placement: placement.id,
      files,
      trainFraction: fraction,
      rows: {
        unreadable: history.unreadable.count,
        firstUnreadable: history.unreadable.first,
        skipped: Object.fromEntries(history.skipped),
      },
      training,
      replayed: rest,
      outcomes: journal.outcomes,
    });
  } finally {
    journal.close();
  }
};

interface SentEvent extends HistoryEvent {
  readonly number: number;
}

/** One run of a replay. */
class Replay {
  readonly #sentAt: Float64Array;
  readonly #places: ReadonlyMap<string, number>;
  readonly #giveUp = new AbortController();
  #news = Promise.withResolvers<false>();
  #keyRefusedSince: number | undefined;

  constructor(
    readonly line: Line,
    readonly options: ReplayOptions,
    readonly events: readonly HistoryEvent[],
    readonly tenant: Tenant,
    readonly placement: PlacementId,
    readonly journal: Journal,
    readonly writeKey: string,
  ) {
    this.#sentAt = new Float64Array(events.length).fill(NaN);
    // Of two events with one id the line takes the second for a repetition of the first.
    this.#places = new Map(events.map(({ messageId }, number) => [messageId, number] as const).reverse());
  }

  async run(): Promise<void> {
    const { line, options, journal } = this;
    const { signal } = this.#giveUp;
    const interrupt = (): void => this.#giveUp.abort(options.signal.reason);
    options.signal.addEventListener('abort', interrupt, { once: true });
    if (options.signal.aborted) interrupt();
    const { onWaiting } = options;
    const kafka = await line.kafka('replay');
    const control = await line.control();
    await patiently(() => control.createKey(this.tenant.id, { purpose: 'replay', kind: 'wk', key: this.writeKey }), {
      signal,
      onWaiting,
      isFinal: (error) => error instanceof ControlError && !error.canRetry,
    });
    const topics = { offers: line.topic('offers'), 'clickstream-failed': line.topic('clickstream-failed') };
    if (!journal.outcomes.started) {
      const [offers, failed] = await patiently(
        () => Promise.all([endOffsets(kafka, topics.offers), endOffsets(kafka, topics['clickstream-failed'])]),
        { signal, onWaiting },
      );
      journal.append([{ kind: 'start', offers: positionsFrom(offers), failed: positionsFrom(failed) }]);
    }
    const watch = new FateWatch(kafka, journal, {
      tenant: this.tenant.id,
      placement: this.placement,
      topics,
      eventOf: (messageId) => this.#places.get(messageId),
      sentAt: (event) => (Number.isNaN(this.#sentAt[event]) ? undefined : this.#sentAt[event]),
      onFate: () => this.#tellNews(),
    });
    watch.failed.catch((error: unknown) => this.#giveUp.abort(error));
    const settlement = new Settlement({
      line,
      kafka,
      tenant: this.tenant,
      events: this.events,
      journal,
      watch,
      signal,
      onWaiting,
    });
    const saveTime = this.#countTime();
    try {
      await this.#send(settlement, signal);
      await settlement.settle();
      saveTime();
      journal.append([{ kind: 'done' }]);
      this.#tellNews();
    } finally {
      saveTime();
      this.#giveUp.abort();
      options.signal.removeEventListener('abort', interrupt);
      await watch.close();
    }
  }

  async #send(settlement: Settlement, signal: AbortSignal): Promise<void> {
    const { options, events, journal } = this;
    const collector = new CollectorClient({ url: await this.line.collectorUrl(), writeKey: this.writeKey });
    const lanes = new Lanes<SentEvent>((batch) => this.#post(collector, batch, signal));
    const open = events
      .map((event, number) => ({ ...event, number }))
      .filter(({ number }) => !journal.outcomes.isSettledOrSent(number));
    const startedAt = performance.now();
    const first = open[0]?.timeMs ?? 0;
    let pushed = events.length - open.length;
    try {
      for (const [index, event] of open.entries()) {
        await waitUntilMoment(startedAt + dueAfterMs(options.pace, index, event.timeMs - first), signal);
        while (pushed - journal.outcomes.fateCount >= MAX_OPEN) {
          const isQuiet = await Promise.race([this.#news.promise, pause(QUIET_MS, signal).then(() => true)]);
          if (isQuiet) await settlement.settle();
        }
        lanes.push(event);
        pushed += 1;
      }
      await lanes.idle();
    } catch (error) {
      this.#giveUp.abort(error);
      // What is under way writes into the journal until it has stopped.
      await lanes.idle().catch(() => undefined);
      throw error;
    }
  }

  async #post(collector: CollectorClient, batch: readonly SentEvent[], signal: AbortSignal): Promise<void> {
    const { onWaiting } = this.options;
    const refused = await patiently(
      () => {
        const now = performance.now();
        for (const { number } of batch) this.#sentAt[number] = now;
        return collector.sendHistory(
          batch.map(({ call }) => call),
          signal,
        );
      },
      { signal, onWaiting, isFinal: (error) => !this.#mayBeTakenLater(error) },
    );
    this.#keyRefusedSince = undefined;
    const reasons = new Map(refused.map(({ index, reason }) => [index, reason]));
    const entries: JournalEntry[] = [...reasons].map(([index, reason]) => ({
      kind: 'refused',
      event: (batch[index] as SentEvent).number,
      reason,
    }));
    const accepted = batch.filter((_, index) => !reasons.has(index)).map(({ number }) => number);
    this.journal.append([...entries, { kind: 'accepted', events: accepted }]);
    this.#tellNews();
  }

  #mayBeTakenLater(error: Error): boolean {
    if (!(error instanceof CollectorError) || !error.canRetry) return false;
    if (error.code !== 'write-key-refused') return true;
    this.#keyRefusedSince ??= performance.now();
    return performance.now() - this.#keyRefusedSince < KEY_KNOWN_WITHIN_MS;
  }

  #tellNews(): void {
    const { acceptedCount: accepted, fateCount: settled } = this.journal.outcomes;
    this.options.onProgress({ settled, accepted, events: this.events.length });
    this.#news.resolve(false);
    this.#news = Promise.withResolvers();
  }

  /** Keeps how long was worked, also when the process is killed. Gives back what ends it. */
  #countTime(): () => void {
    const { journal } = this;
    const before = journal.outcomes.activeMs;
    const startedAt = performance.now();
    const save = (): void =>
      journal.append([{ kind: 'time', activeMs: Math.round(before + performance.now() - startedAt) }]);
    const timer = setInterval(save, SAVE_TIME_MS);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      save();
    };
  }
}

const positionsFrom = (offsets: ReadonlyMap<number, number>): Positions => Object.fromEntries(offsets);
