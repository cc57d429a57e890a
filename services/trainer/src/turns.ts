import { setTimeout as sleep } from 'node:timers/promises';
import { isBug } from '@offerstream/kafka';

export type Turn =
  | { readonly did: 'nothing' | 'something' }
  /** There will be something to do, soon and without anybody saying so. */
  | { readonly did: 'wait' }
  /** There is something to do that could not be done. */
  | { readonly did: 'fail'; readonly reason: string };

export interface Worker {
  /** For the log. */
  readonly name: string;
  /** Does a little of what there is to do. @throws while something that it needs is away */
  turn(): Promise<Turn>;
}

export interface TurnsOptions {
  readonly nowMs: () => number;
  readonly warn: (message: string) => void;
}

/** How often it is looked for what nobody tells of, as models that have come. */
const LOOK_MS = 1_000;
/** The same while something is waited for. */
const SOON_MS = 50;
/** How long a worker that could do nothing waits before it tries again: twice as long each time. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface Pausable<Own extends Worker> {
  readonly worker: Own;
  pauseMs: number;
  pausedUntilMs: number;
}

/**
 * Workers in the background, which take turns one after the other, with a rest as long as a round took: so half of what they need is left to
 * others, and none waits for all that another has to do.
 */
export class Turns<Own extends Worker> {
  private readonly workers = new Map<string, Pausable<Own>>();
  private readonly stopping = new AbortController();
  private begun = false;
  private wakeUp = (): void => undefined;

  constructor(private readonly options: TurnsOptions) {}

  get hasBegun(): boolean {
    return this.begun;
  }

  /** The worker of a key; made where it is missing. */
  of(key: string, make: () => Own): Own {
    let pausable = this.workers.get(key);
    if (pausable === undefined) {
      pausable = { worker: make(), pauseMs: 0, pausedUntilMs: -Infinity };
      this.workers.set(key, pausable);
    }
    return pausable.worker;
  }

  *all(): Generator<Own> {
    for (const { worker } of this.workers.values()) yield worker;
  }

  /** There may be something to do. */
  wake(): void {
    this.wakeUp();
  }

  /** Works until it is stopped. */
  async run(): Promise<void> {
    const { nowMs } = this.options;
    const { signal } = this.stopping;
    const isStopping = (): boolean => signal.aborted;
    this.begun = true;
    while (!isStopping()) {
      const startedMs = nowMs();
      const woken = new Promise<void>((resolve) => (this.wakeUp = resolve));
      const did = new Set<Turn['did']>();
      for (const worker of this.workers.values()) {
        if (isStopping()) return;
        if (worker.pausedUntilMs <= nowMs()) did.add(await this.turnOf(worker));
      }
      const hasWorked = did.has('something');
      const restMs = hasWorked ? nowMs() - startedMs : did.has('wait') ? SOON_MS : LOOK_MS;
      const rest = sleep(restMs, undefined, { signal }).catch(() => undefined);
      await (hasWorked ? rest : Promise.race([woken, rest]));
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async turnOf(pausable: Pausable<Own>): Promise<Turn['did']> {
    let turn: Turn;
    try {
      turn = await pausable.worker.turn();
    } catch (error) {
      if (isBug(error)) throw error;
      turn = { did: 'fail', reason: error instanceof Error ? error.message : String(error) };
    }
    if (turn.did === 'something') pausable.pauseMs = 0;
    if (turn.did !== 'fail') return turn.did;
    if (pausable.pauseMs === 0 && !this.stopping.signal.aborted)
      this.options.warn(`${pausable.worker.name}: ${turn.reason}`);
    pausable.pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, 2 * pausable.pauseMs), LONGEST_PAUSE_MS);
    pausable.pausedUntilMs = this.options.nowMs() + pausable.pauseMs;
    return turn.did;
  }
}
