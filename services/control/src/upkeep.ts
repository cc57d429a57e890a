import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable } from '@offerstream/database';

/** Work that comes round by itself. */
export interface Chore {
  readonly everyMs: number;
  /** @param stopping aborted when long work is to end early */
  readonly work: (stopping: AbortSignal) => Promise<void>;
}

/** Does its chores again and again. One that Postgres has no answer for is left out until its next time, with a word of it. */
export class Upkeep {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly chores: readonly Chore[],
    private readonly warn: (message: string) => void,
  ) {}

  /** @param tables resolves when there are tables to work on */
  start(tables: Promise<unknown>): void {
    this.running = this.run(tables);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(tables: Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    await Promise.race([tables, once(signal, 'abort')]);
    await Promise.all(this.chores.map((chore) => repeat(chore, this.warn, signal)));
  }
}

const repeat = async (
  { everyMs, work }: Chore,
  warn: (message: string) => void,
  stopping: AbortSignal,
): Promise<void> => {
  let problem: string | undefined;
  while (!stopping.aborted) {
    try {
      await work(stopping);
      problem = undefined;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      if (problem !== error.message) warn(error.message);
      problem = error.message;
    }
    await sleep(everyMs, undefined, { signal: stopping }).catch(() => undefined);
  }
};
