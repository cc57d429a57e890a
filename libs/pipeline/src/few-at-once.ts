export interface Turn {
  /** Fires when nobody waits for the result any more: work that has not begun by then never does. */
  readonly signal?: AbortSignal | undefined;
  /** Whose work it is: owners take turns, so that nobody waits for all that another one has brought. */
  readonly owner?: string | undefined;
}

/** How much waits at most. */
export interface Bound {
  /** How many of an owner may wait; one more is refused. */
  readonly mostWaiting: number;
  /** Of who is refused. */
  readonly busy: () => Error;
}

/** Runs at most `limit` pieces of work at a time; the others wait their turn, of one owner first come, first served. */
export class FewAtOnce {
  #running = 0;
  /** By owner; the one whose turn is next stands first. */
  readonly #waiting = new Map<string | undefined, Set<() => void>>();

  /** @param bound without it all may wait */
  constructor(
    private readonly limit: number,
    private readonly bound?: Bound,
  ) {}

  /** @throws the signal's reason, {@link Bound.busy} */
  async run<T>(work: () => Promise<T>, { signal, owner }: Turn = {}): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running < this.limit) this.#running++;
    else await this.#turn(signal, owner);
    try {
      // It may have fired while the place was handed on.
      signal?.throwIfAborted();
      return await work();
    } finally {
      // The place is handed on: somebody who comes in between can't take it.
      const next = this.#next();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #next(): (() => void) | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [owner, waiting] = first;
    // To the end of the line.
    this.#waiting.delete(owner);
    this.#waiting.set(owner, waiting);
    const [next] = waiting;
    return next;
  }

  #turn(signal: AbortSignal | undefined, owner: string | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiting = this.#waiting.get(owner) ?? new Set();
    if (this.bound !== undefined && waiting.size >= this.bound.mostWaiting) throw this.bound.busy();
    const end = (): void => {
      waiting.delete(come);
      if (waiting.size === 0) this.#waiting.delete(owner);
      signal?.removeEventListener('abort', leave);
    };
    const come = (): void => {
      end();
      resolve(undefined);
    };
    const leave = (): void => {
      end();
      reject(signal?.reason);
    };
    waiting.add(come);
    this.#waiting.set(owner, waiting);
    signal?.addEventListener('abort', leave);
    return promise;
  }
}
