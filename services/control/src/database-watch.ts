import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable, type Database } from '@offerstream/database';
import type { Condition } from '@offerstream/service-kit';

const RETRY_MS = 500;
const PING_MS = 1_000;

/**
 * Brings the tables up to date as soon as Postgres answers, and knows from then on whether it does. An error that is not about
 * being away, for example a migration that fails, ends the process.
 */
export class DatabaseWatch {
  private problem: string | undefined = 'Postgres has not been reached yet.';
  private readonly ended = new AbortController();
  private readonly ready = Promise.withResolvers<undefined>();
  private running: Promise<void> = Promise.resolve();
  private isMigrated = false;

  constructor(
    private readonly database: Pick<Database, 'migrate' | 'ping'>,
    private readonly log: (message: string) => void,
  ) {}

  start(): void {
    this.running = this.watch();
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.running;
  }

  /** Whether the tables are up to date, so that requests make sense. */
  get migrated(): boolean {
    return this.isMigrated;
  }

  /** Resolves when {@link migrated} is true. */
  whenMigrated(): Promise<undefined> {
    return this.ready.promise;
  }

  readonly condition = (): Condition =>
    this.problem === undefined ? { ok: true, reason: 'Postgres answers' } : { ok: false, reason: this.problem };

  private async watch(): Promise<void> {
    while (!this.ended.signal.aborted) {
      const answered = await this.answers(this.isMigrated ? () => this.database.ping() : () => this.bringUpToDate());
      await sleep(answered ? PING_MS : RETRY_MS, undefined, { signal: this.ended.signal }).catch(() => undefined);
    }
  }

  private async bringUpToDate(): Promise<void> {
    const ran = await this.database.migrate();
    this.log(`the tables are up to date${ran.length === 0 ? '' : ` after ${ran.join(', ')}`}`);
    this.isMigrated = true;
    this.ready.resolve(undefined);
  }

  private async answers(attempt: () => Promise<void>): Promise<boolean> {
    try {
      await attempt();
      if (this.problem !== undefined) this.log('Postgres answers');
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      if (this.problem !== error.message) this.log(error.message);
      this.problem = error.message;
    }
    return this.problem === undefined;
  }
}
