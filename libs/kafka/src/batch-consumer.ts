import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGatherer } from './batch-gatherer.js';
import type { Kafka } from './connection.js';
import { isBug, KafkaError, protocolErrorOf } from './errors.js';
import { Fifo } from './fifo.js';
import { GroupMember, meansRejoin, type Assignment, type GroupAssignment } from './group-member.js';
import { closeCluster, type Cluster } from './kafkajs-internals.js';
import { LogReader, logOffsets, partitionsOf } from './log-reader.js';
import type { RawRecord } from './record-batch-decoder.js';

/** Records of the assigned partitions, each partition's in order. */
export interface GatheredBatch {
  readonly records: readonly RawRecord[];
  readonly assignment: Assignment;
}

export interface BatchHandler {
  /**
   * Says at each assignment where to start; partitions that are not in the answer start at their committed offset, or
   * at the topic's beginning when there is none. No batch of an earlier assignment is in work when it is called. Bugs
   * and errors whose `canRetry` is false end the consumer; after any other it is not ready, joins again and asks again.
   * It is asked again, too, when the topic was deleted, made anew or truncated.
   *
   * @param committed the assigned partitions with their committed offsets
   */
  startPositions?(
    committed: ReadonlyMap<number, number | undefined>,
    assignment: Assignment,
  ): Promise<ReadonlyMap<number, number>>;
  /**
   * Resolves when the records may be committed (saved, published, flushed). Several batches are in work at a time. An
   * error ends the consumer with nothing of this batch committed. When the assignment is no longer current, return
   * without publishing: the records come again, here or elsewhere.
   */
  handle(batch: GatheredBatch): Promise<void>;
}

export interface BatchConsumerOptions {
  /** The topic's name on the broker (`topicOnBroker`). */
  readonly topic: string;
  readonly groupId: string;
  readonly handler: BatchHandler;
  /** How long a batch waits for more records after its first one. Default 5. */
  readonly gatherMs?: number;
  /** Default 1,024. */
  readonly maxRecords?: number;
  /** Batches that may be with the handler at a time; the last place is for full ones. Default 3. */
  readonly inFlight?: number;
  /** Gives the record's key when no later record with that key may be handed out before this one's batch is done. */
  readonly closesSubject?: (record: RawRecord) => string | undefined;
  /** Called after each commit that the broker took. */
  readonly onCommitted?: () => void;
  /**
   * After how long without a sign of life the group gives this member's partitions to others: what a killed process
   * costs. Default 10,000; brokers refuse less than 6,000 unless configured.
   */
  readonly sessionTimeoutMs?: number;
  /** Default 500: also how fast members notice that the group rebalances. */
  readonly heartbeatIntervalMs?: number;
  /** With lag, Kafka in reach and no batch finished for so long, the consumer ends with `CONSUMER_STALLED`. Default 60,000. */
  readonly stallTimeoutMs?: number;
  /** Whether the handler waits on purpose, for something that is away and comes back: such waiting is no stall. */
  readonly isWaiting?: () => boolean;
}

export interface ConsumerHealth {
  /** Has its place in the group and reaches Kafka. */
  readonly ready: boolean;
  readonly reason?: string;
  /** Records of the assigned partitions that are not yet done. */
  readonly lag: number;
  readonly assigned: readonly number[];
}

interface BatchInWork {
  readonly records: readonly RawRecord[];
  readonly assignment: GroupAssignment;
  done: boolean;
}

const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const QUEUED_BATCHES = 4;
const REBALANCE_TIMEOUT_MS = 15_000;
/** How long a rebalance of the group waits for batches in work, before they are abandoned. */
const REVOKE_TIMEOUT_MS = 3_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;
const WATCH_INTERVAL_MS = 500;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Consumes one topic in a group: gathers batches across the assigned partitions, hands up to `inFlight` of them out at
 * a time, and commits in the order in which they were handed out.
 *
 * - A rebalance waits shortly for the batches in work and commits them; what is not done by then is abandoned and never
 *   committed. Commits carry their assignment's generation, so that a late one is refused by the broker.
 * - A dead broker makes it not ready; it goes on trying for ever and joins again by itself.
 * - A topic that is deleted, made anew or truncated costs the assignment: nothing of the old log is committed, and
 *   positions are asked for anew.
 * - Every error of `handle` is fatal: {@link failed} rejects with it and nothing more is committed.
 */
export class BatchConsumer {
  /** Rejects with the first fatal error; never resolves. Unheard, it ends the process. */
  readonly failed: Promise<never>;
  readonly #fail: (error: Error) => void;

  readonly #kafka: Kafka;
  readonly #options: BatchConsumerOptions;
  readonly #cluster: Cluster;
  readonly #member: GroupMember;
  readonly #gatherer: BatchGatherer;
  readonly #maxRecords: number;
  readonly #inFlight: number;
  /** Without a backlog, one more small batch would only make all of them smaller and later. */
  readonly #inFlightUnfilled: number;
  readonly #gatherMs: number;
  readonly #stallTimeoutMs: number;
  readonly #sessionTimeoutMs: number;

  #assignment: GroupAssignment | undefined;
  #reader: LogReader | undefined;
  #gatherTimer: NodeJS.Timeout | undefined;
  #gathered = false;
  #handOutIsDue = false;
  readonly #handedOut = new Fifo<BatchInWork>();
  #inWork = 0;
  #recordsInWork = 0;
  #idleWaiters: (() => void)[] = [];
  readonly #committable = new Map<number, number>();
  #commits: Promise<void> | undefined;

  #problem: Error | undefined;
  #fatal: Error | undefined;
  #drain = false;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #advancedAt = performance.now();
  #positioning = false;
  /** The log was not the one that the last positions belonged to. */
  #logReplaced = false;

  constructor(kafka: Kafka, options: BatchConsumerOptions) {
    const failed = Promise.withResolvers<never>();
    this.failed = failed.promise;
    this.#fail = failed.reject;
    this.#kafka = kafka;
    this.#options = options;
    this.#maxRecords = options.maxRecords ?? 1_024;
    this.#inFlight = options.inFlight ?? 3;
    this.#inFlightUnfilled = Math.max(1, this.#inFlight - 1);
    this.#gatherMs = options.gatherMs ?? 5;
    this.#stallTimeoutMs = options.stallTimeoutMs ?? 60_000;
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000;
    this.#cluster = kafka.cluster();
    this.#member = new GroupMember(kafka, this.#cluster, {
      groupId: options.groupId,
      topic: options.topic,
      sessionTimeoutMs: this.#sessionTimeoutMs,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      heartbeatIntervalMs: options.heartbeatIntervalMs ?? 500,
    });
    this.#gatherer = new BatchGatherer({ maxRecords: this.#maxRecords, closesSubject: options.closesSubject });
  }

  /** Starts consuming; reports failures by {@link failed} and absences of Kafka by {@link health}. */
  start(): void {
    this.#running ??= Promise.all([this.#run(), this.#watch()]).then(() => undefined);
  }

  health(): ConsumerHealth {
    const assigned = this.#assignment?.partitions ?? [];
    const lag = (this.#reader?.unread ?? 0) + this.#gatherer.records + this.#recordsInWork;
    const reason = this.#notReady();
    return reason === undefined ? { ready: true, lag, assigned } : { ready: false, reason, lag, assigned };
  }

  #notReady(): string | undefined {
    if (this.#fatal !== undefined) return `The consumer has ended: ${this.#fatal.message}`;
    if (this.#isDraining()) return 'The consumer is being stopped.';
    const problem = this.#problem ?? this.#reader?.problem;
    if (problem !== undefined) return problem.message;
    if (this.#assignment === undefined) return 'The consumer has not joined its group yet.';
    if (this.#reader === undefined && this.#assignment.partitions.length > 0) {
      return 'The positions to start at are not known yet.';
    }
    return this.#reachesKafka() ? undefined : 'Kafka does not answer heartbeats.';
  }

  #reachesKafka(): boolean {
    const assignment = this.#assignment;
    return (
      assignment !== undefined &&
      this.#reader?.problem === undefined &&
      performance.now() - assignment.aliveAt < this.#sessionTimeoutMs / 2
    );
  }

  /**
   * Ends in order: no new batch, the ones in work are finished and committed, the group is left. Later calls wait for
   * the first one.
   *
   * @param timeoutMs batches that take longer are abandoned, uncommitted. Default 10,000
   */
  stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    return (this.#stopped ??= this.#stop(timeoutMs));
  }

  async #stop(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    this.#drain = true;
    this.#reader?.stop();
    this.#clearQueue();
    await this.#settle(timeoutMs);
    this.#assignment?.lose();
    this.#stopping.abort();
    this.#resumeIdleWaiters();
    const remainingMs = Math.max(500, deadline - performance.now());
    await Promise.race([this.#member.leave().catch(() => undefined), sleep(remainingMs, undefined, { ref: false })]);
    closeCluster(this.#cluster);
    await Promise.race([this.#running, sleep(remainingMs, undefined, { ref: false })]);
    // What was under way may have opened a connection since.
    closeCluster(this.#cluster);
  }

  // Methods, since the compiler would take what a field said before an `await` for what it says after it.
  #isDraining(): boolean {
    return this.#drain;
  }

  #hasEnded(): boolean {
    return this.#stopping.signal.aborted || this.#fatal !== undefined;
  }

  #pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  /** Joins the group again and again, each time for one assignment. */
  async #run(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#hasEnded() && !this.#isDraining()) {
      try {
        const assignment = await this.#member.join();
        this.#assignment = assignment;
        this.#problem = undefined;
        this.#advancedAt = performance.now();
        await this.#idle();
        await this.#startReading(assignment);
        backoffMs = FIRST_BACKOFF_MS;
        await assignment.ended;
        if (!this.#isDraining()) await this.#giveBack();
      } catch (error) {
        this.#assignment?.lose();
        this.#assignment = undefined;
        if (this.#hasEnded()) return;
        if (isFatal(error)) {
          this.#end(error);
          return;
        }
        if (!meansRejoin(error)) {
          if (backoffMs === FIRST_BACKOFF_MS) {
            this.#kafka.logger('warn', 'Consuming cannot start; trying again.', {
              groupId: this.#options.groupId,
              error: (error as Error).message,
            });
          }
          this.#problem = error as Error;
          await this.#pause(backoffMs);
          backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
        }
      }
    }
  }

  async #startReading(assignment: GroupAssignment): Promise<void> {
    const { topic, groupId, handler } = this.#options;
    const { partitions, generationId } = assignment;
    if (partitions.length === 0 || !assignment.isCurrent()) return;
    const committed = await this.#member.committed(partitions);
    this.#positioning = true;
    let asked: ReadonlyMap<number, number>;
    try {
      asked = (await handler.startPositions?.(committed, assignment)) ?? new Map<number, number>();
    } finally {
      this.#positioning = false;
      this.#advancedAt = performance.now();
    }
    if (!assignment.isCurrent() || this.#isDraining() || this.#hasEnded()) return;
    const unknown = partitions.filter((partition) => (asked.get(partition) ?? committed.get(partition)) === undefined);
    const beginnings = await logOffsets(this.#cluster, topic, unknown, 'beginning');
    const positions = new Map(
      partitions.map((partition) => [
        partition,
        asked.get(partition) ?? committed.get(partition) ?? beginnings.get(partition) ?? 0,
      ]),
    );
    if (this.#logReplaced) {
      await this.#fitIntoLog(positions, asked);
      this.#logReplaced = false;
    }
    if (!assignment.isCurrent() || this.#isDraining() || this.#hasEnded()) return;
    this.#kafka.logger('info', 'Consuming.', { topic, groupId, generationId, partitions: [...partitions] });
    this.#reader = new LogReader(
      this.#kafka,
      this.#cluster,
      {
        topic,
        onRecords: (records, partition) => this.#queue(records, partition),
        hasRoom: () =>
          this.#gatherer.bytes < MAX_QUEUED_BYTES && this.#gatherer.records < this.#maxRecords * QUEUED_BATCHES,
        onFatal: (error) => this.#end(error),
        onReplaced: () => {
          this.#logReplaced = true;
          assignment.giveUp();
        },
      },
      positions,
    );
  }

  /**
   * Puts committed offsets that the log has not reached at its beginning.
   *
   * @throws {KafkaError} `POSITION_BEYOND_END`: the handler asks for such an offset
   */
  async #fitIntoLog(positions: Map<number, number>, asked: ReadonlyMap<number, number>): Promise<void> {
    const { topic, groupId } = this.#options;
    const beginnings = await logOffsets(this.#cluster, topic, [...positions.keys()], 'beginning');
    const ends = await logOffsets(this.#cluster, topic, [...positions.keys()], 'end');
    for (const [partition, position] of positions) {
      const end = ends.get(partition) ?? 0;
      if (position <= end) continue;
      if (asked.has(partition)) {
        throw new KafkaError(
          'POSITION_BEYOND_END',
          true,
          `${topic}/${partition} ends at offset ${end} and is to be read from ${position}: it was made anew or truncated.`,
        );
      }
      const beginning = beginnings.get(partition) ?? 0;
      this.#kafka.logger('warn', 'The log ends before the committed offset; reading starts at its beginning.', {
        topic,
        groupId,
        partition,
        committed: position,
        beginning,
      });
      positions.set(partition, beginning);
    }
  }

  /** Finishes what is in work, as far as the group's patience goes, before the partitions may go to others. */
  async #giveBack(): Promise<void> {
    this.#reader?.stop();
    this.#reader = undefined;
    this.#clearQueue();
    await this.#settle(REVOKE_TIMEOUT_MS);
    this.#assignment?.lose();
    this.#assignment = undefined;
    this.#handedOut.clear();
    this.#committable.clear();
  }

  async #settle(timeoutMs: number): Promise<void> {
    const timer = new AbortController();
    const tooLate = sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
    const settled = this.#idle().then(() => this.#commits);
    await Promise.race([settled, tooLate]);
    timer.abort();
  }

  /** Resolves when no batch is with the handler. */
  #idle(): Promise<void> {
    if (this.#inWork === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #queue(records: readonly RawRecord[], partition: number): void {
    this.#gatherer.add(records, partition);
    if (this.#handOutIsDue) return;
    // One fetch brings several partitions; a batch is cut when all of them are here.
    this.#handOutIsDue = true;
    queueMicrotask(() => {
      this.#handOutIsDue = false;
      this.#handOut();
    });
  }

  #onGathered(): void {
    this.#gatherTimer = undefined;
    this.#gathered = true;
    this.#handOut();
  }

  #clearQueue(): void {
    clearTimeout(this.#gatherTimer);
    this.#gatherTimer = undefined;
    this.#gathered = false;
    this.#gatherer.clear();
  }

  #handOut(): void {
    const assignment = this.#assignment;
    while (
      assignment !== undefined &&
      !this.#isDraining() &&
      !this.#hasEnded() &&
      (this.#gatherer.records >= this.#maxRecords
        ? this.#inWork < this.#inFlight
        : this.#gathered && this.#gatherer.records > 0 && this.#inWork < this.#inFlightUnfilled)
    ) {
      const records = this.#gatherer.take();
      if (records.length === 0) break;
      if (this.#inWork === 0) this.#advancedAt = performance.now();
      const batch: BatchInWork = { records, assignment, done: false };
      this.#handedOut.push(batch);
      this.#inWork++;
      this.#recordsInWork += batch.records.length;
      void this.#work(batch);
    }
    if (this.#gatherer.records === 0) {
      clearTimeout(this.#gatherTimer);
      this.#gatherTimer = undefined;
      this.#gathered = false;
    } else if (!this.#gathered) {
      this.#gatherTimer ??= setTimeout(() => this.#onGathered(), this.#gatherMs);
    }
    this.#reader?.wake();
  }

  async #work(batch: BatchInWork): Promise<void> {
    try {
      await this.#options.handler.handle({ records: batch.records, assignment: batch.assignment });
    } catch (error) {
      this.#end(error as Error);
    }
    this.#inWork--;
    this.#recordsInWork -= batch.records.length;
    this.#gatherer.release(batch.records);
    if (this.#fatal === undefined && batch.assignment.isCurrent()) {
      batch.done = true;
      this.#advancedAt = performance.now();
      this.#commitFinished();
    }
    if (this.#inWork === 0) {
      this.#resumeIdleWaiters();
    }
    this.#handOut();
  }

  #resumeIdleWaiters(): void {
    for (const resume of this.#idleWaiters) resume();
    this.#idleWaiters = [];
  }

  /** Notes the offsets of the batches that are done, up to the first one that is not, and commits them. */
  #commitFinished(): void {
    for (let batch = this.#handedOut.first; batch?.done === true; batch = this.#handedOut.first) {
      this.#handedOut.shift();
      for (const { partition, offset } of batch.records) this.#committable.set(partition, offset + 1);
    }
    if (this.#committable.size > 0 && this.#assignment !== undefined) {
      this.#commits ??= this.#commit().finally(() => (this.#commits = undefined));
    }
  }

  async #commit(): Promise<void> {
    while (this.#committable.size > 0 && this.#fatal === undefined && this.#assignment !== undefined) {
      const assignment = this.#assignment;
      const offsets = new Map(this.#committable);
      this.#committable.clear();
      try {
        if (await this.#member.commit(assignment, offsets)) this.#options.onCommitted?.();
      } catch (error) {
        this.#end(error as Error);
      }
    }
  }

  /** Ends the consumer when it does not advance, and joins the group again when the topic has got more partitions. */
  async #watch(): Promise<void> {
    while (!this.#hasEnded()) {
      await this.#pause(WATCH_INTERVAL_MS);
      const assignment = this.#assignment;
      // A frozen broker answers no heartbeat; the session ends all the same.
      if (assignment?.isCurrent() === true) this.#watchPartitions(assignment);
      const { lag } = this.health();
      const mayRest = this.#positioning || !this.#reachesKafka() || lag === 0 || this.#options.isWaiting?.() === true;
      if (mayRest) this.#advancedAt = performance.now();
      if (performance.now() - this.#advancedAt > this.#stallTimeoutMs && !this.#hasEnded() && !this.#isDraining()) {
        this.#end(
          new KafkaError(
            'CONSUMER_STALLED',
            false,
            `${this.#options.topic} has a lag of ${lag} records and no batch was finished for ` +
              `${this.#stallTimeoutMs} ms: the process must be started again.`,
          ),
        );
      }
    }
  }

  /** The member that dealt the partitions out does it again when the topic has got more of them. */
  #watchPartitions(assignment: GroupAssignment): void {
    if (!assignment.isDealer) return;
    if (partitionsOf(this.#cluster, this.#options.topic).length > assignment.topicPartitions) assignment.askBack();
    // Without a partition of its own it has no reader that would keep the metadata young. Not awaited, since a frozen
    // broker would hold the watch up.
    this.#cluster.refreshMetadataIfNecessary().catch((error: unknown) => {
      if (isBug(error)) this.#end(error);
    });
  }

  #end(error: Error): void {
    if (this.#fatal !== undefined) return;
    this.#fatal = error;
    this.#reader?.stop();
    this.#clearQueue();
    this.#assignment?.lose();
    this.#fail(error);
    void this.#member.leave().catch(() => undefined);
  }
}

/**
 * Errors that joining again can't heal: bugs, what says so itself, and what the broker refuses for good (sessions too
 * short, no rights).
 */
const isFatal = (error: unknown): error is Error =>
  isBug(error) ||
  (error instanceof Error && Reflect.get(error, 'canRetry') === false) ||
  (protocolErrorOf(error) !== undefined && Reflect.get(error as Error, 'retriable') === false && !meansRejoin(error));
