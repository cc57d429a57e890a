import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis, ReplyError, type RedisOptions } from 'ioredis';
import { ProfileStoreRefused, ProfileStoreUnavailable } from './errors.js';
import { readValkeyUrl, type ValkeyAddress } from './valkey-address.js';
import { SCRIPTS } from './valkey-scripts.js';

/** How long until one asks again. */
const RETRY_MS = 50;
const MAX_RECONNECT_MS = 1_000;
/** A server that owes an answer for so long is taken for dead, and the connection made anew. */
const SILENCE_MS = 10_000;
/** A connection that does not let itself be closed for so long is cut. */
const CLOSING_MS = 200;

/** What a server says that can't do it now, itself or in a script: it starts, is no primary, its disk or memory is full. */
const NOT_NOW = /(^|-)(LOADING|BUSY|READONLY|MASTERDOWN|NOREPLICAS|MISCONF|OOM) /;
const CLUSTER_NOT_NOW = /^(CLUSTERDOWN|TRYAGAIN|MOVED|ASK) /;
/** What ioredis says when a connection is not there, was cut, or its cluster regroups. */
const NOT_THERE =
  /^(Connection is closed|Stream isn't writeable|Cluster isn't ready|Cluster is disconnect|None of startup nodes|Failed to refresh slots cache|Too many Cluster redirections|Command aborted due to connection close|Reached the max retries|All keys in the pipeline should belong)/;

/**
 * One server or a cluster. What is asked in the same turn of the event loop goes out together, and what a server that is away
 * was asked is asked again: it must not matter whether it has been done already.
 */
export class ValkeyConnection {
  readonly client: Redis | Cluster;
  private readonly address: ValkeyAddress;
  private refused: ProfileStoreRefused | undefined;
  private lastError = 'not connected yet';
  private answers = true;
  private probe: Promise<void> | undefined;
  private ending: 'no' | 'closed' | 'halted' = 'no';

  /** @param timeoutMs how long a question waits for a server that is away; for ever when left out. */
  constructor(
    url: string,
    private readonly timeoutMs?: number,
  ) {
    this.address = readValkeyUrl(url);
    this.client = connect(this.address);
    const note = (error: Error): void => {
      if (error instanceof ReplyError && !this.isAway(error))
        this.refused = new ProfileStoreRefused(this.address.name, error.message);
      else this.lastError = reasonOf(error);
    };
    this.client.on('error', note);
    this.client.on('node error', note);
    // Nobody may ask any more who would find out that it answers.
    this.client.on('ready', () => {
      this.refused = undefined;
      this.answers = true;
    });
  }

  get problem(): ProfileStoreUnavailable | undefined {
    return this.answers && this.client.status === 'ready' ? undefined : this.unavailable();
  }

  /**
   * @throws ProfileStoreRefused
   * @throws ProfileStoreUnavailable after the time limit, if there is one, and when it is closed meanwhile
   */
  ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    return this.askUntil(this.timeoutMs === undefined ? Infinity : performance.now() + this.timeoutMs, question);
  }

  private async askUntil<Answer>(deadline: number, question: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      // Whoever waits for an answer ends with the process.
      if (this.ending === 'halted') return new Promise(() => undefined);
      if (this.ending === 'closed') throw this.unavailable();
      if (this.client.status === 'ready') {
        try {
          const answer = await before(deadline, question());
          this.answers = true;
          return answer;
        } catch (error) {
          // A refusal is an answer too.
          this.answers = !this.isAway(error);
          if (this.answers) throw this.withoutCommand(error);
          // What was not sent says less than what became of the connection.
          if (error instanceof ReplyError || error instanceof NoAnswer) this.lastError = reasonOf(error);
        }
      }
      if (this.refused !== undefined) throw this.refused;
      if (performance.now() + RETRY_MS >= deadline) {
        this.keepAsking(question);
        throw this.unavailable();
      }
      await sleep(RETRY_MS);
    }
  }

  /** So that the problem is known to be over even if nobody asks while there is one. */
  private keepAsking(question: () => Promise<unknown>): void {
    const over = (): void => {
      this.probe = undefined;
    };
    this.probe ??= this.askUntil(Infinity, question).then(over, over);
  }

  /** Every server that holds keys. */
  primaries(): readonly Redis[] {
    return this.client instanceof Cluster ? this.client.nodes('master') : [this.client];
  }

  close(): void {
    if (this.ending === 'no') this.ending = 'closed';
    this.client.disconnect();
  }

  halt(): void {
    this.ending = 'halted';
    this.client.disconnect();
  }

  private unavailable(): ProfileStoreUnavailable {
    return new ProfileStoreUnavailable(this.address.name, this.ending === 'no' ? this.lastError : 'it was closed here');
  }

  /** Whether asking again can help, without anybody changing what is asked or of whom. */
  private isAway(error: unknown): boolean {
    const reason = reasonOf(error);
    if (error instanceof ReplyError)
      return NOT_NOW.test(reason) || (this.address.kind === 'cluster' && CLUSTER_NOT_NOW.test(reason));
    return error instanceof NoAnswer || isOfSystem(error) || NOT_THERE.test(reason);
  }

  /** The driver's own error carries the command, and with it what is known of a shopper, or the password. */
  private withoutCommand(error: unknown): unknown {
    return error instanceof ReplyError ? new ProfileStoreRefused(this.address.name, reasonOf(error)) : error;
  }
}

class NoAnswer extends Error {}

/** As the system reports it when a connection fails. */
const isOfSystem = (error: unknown): boolean => typeof error === 'object' && error !== null && 'syscall' in error;

/** An address with several IPs fails with several errors, and a code as the only word about them. */
const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message || String(Reflect.get(error, 'code')) : String(error);

/** @throws NoAnswer when the time is over first */
const before = <Answer>(deadline: number, answer: Promise<Answer>): Promise<Answer> => {
  if (deadline === Infinity) return answer;
  return new Promise((resolve, reject) => {
    const waitMs = Math.max(0, deadline - performance.now());
    const timer = setTimeout(() => reject(new NoAnswer('no answer in time')), waitMs);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
};

const connect = (address: ValkeyAddress): Redis | Cluster => {
  const { kind, nodes, tls, database, username, password } = address;
  const options = {
    family: 0,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    socketTimeout: SILENCE_MS,
    disconnectTimeout: CLOSING_MS,
    // A question fails at once while the server is away, and is asked again by `ask`, which knows how long.
    maxRetriesPerRequest: 0,
    // A primary that has become a replica keeps its connections.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  } satisfies RedisOptions;
  const reconnectMs = (attempt: number): number => Math.min(attempt * RETRY_MS, MAX_RECONNECT_MS);
  if (kind === 'cluster')
    return new Cluster([...nodes], {
      scripts: SCRIPTS,
      redisOptions: options,
      enableAutoPipelining: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: reconnectMs,
      slotsRefreshInterval: 1_000,
    });
  return new Redis({
    ...options,
    ...nodes[0],
    db: database,
    scripts: SCRIPTS,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    retryStrategy: reconnectMs,
  });
};
