/** Runs at most `limit` pieces of work at a time; the others wait their turn, first come, first served. */
export class FewAtOnce {
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(private readonly limit: number) {}

  /**
   * @param signal fires when nobody waits for the result any more: work that has not begun by then never does
   * @throws the signal's reason
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running < this.limit) this.#running++;
    else await this.#turn(signal);
    try {
      // It may have fired while the place was handed on.
      signal?.throwIfAborted();
      return await work();
    } finally {
      // The place is handed on: somebody who comes in between can't take it.
      const [next] = this.#waiting;
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const end = (): void => {
      this.#waiting.delete(come);
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
    this.#waiting.add(come);
    signal?.addEventListener('abort', leave);
    return promise;
  }
}
