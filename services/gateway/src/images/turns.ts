import type { TenantId } from '@offerstream/contracts';

export interface TurnsOptions {
  /** Pieces of work that run at a time. */
  readonly atOnce: number;
  /** How many of a tenant may wait; one more is refused. */
  readonly mostWaiting: number;
  /** Of who is refused. */
  readonly busy: () => Error;
}

/** Runs few pieces of work at a time. The others wait: the tenants have their turns one after the other, each tenant's first come first. */
export class Turns {
  /** The tenant whose turn is next comes first. */
  private readonly waiting = new Map<TenantId, Set<() => void>>();
  private running = 0;

  constructor(private readonly options: TurnsOptions) {}

  /**
   * @param signal fires when nobody waits for the result any more: work that has not begun by then never does
   * @throws the signal's reason, {@link TurnsOptions.busy}
   */
  async run<Result>(tenant: TenantId, work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    if (this.running < this.options.atOnce) this.running += 1;
    else await this.turn(tenant, signal);
    try {
      // It may have fired while the place was handed on.
      signal.throwIfAborted();
      return await work();
    } finally {
      this.handOn();
    }
  }

  private turn(tenant: TenantId, signal: AbortSignal): Promise<void> {
    const { mostWaiting, busy } = this.options;
    const ofTenant = this.waiting.get(tenant) ?? new Set();
    if (ofTenant.size >= mostWaiting) throw busy();
    this.waiting.set(tenant, ofTenant);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const come = (): void => {
      signal.removeEventListener('abort', leave);
      resolve(undefined);
    };
    const leave = (): void => {
      ofTenant.delete(come);
      if (ofTenant.size === 0) this.waiting.delete(tenant);
      reject(signal.reason);
    };
    ofTenant.add(come);
    signal.addEventListener('abort', leave, { once: true });
    return promise;
  }

  /** Somebody who comes in between can't take the place. */
  private handOn(): void {
    for (const [tenant, ofTenant] of this.waiting) {
      for (const come of ofTenant) {
        ofTenant.delete(come);
        this.waiting.delete(tenant);
        // To the end of the line.
        if (ofTenant.size > 0) this.waiting.set(tenant, ofTenant);
        come();
        return;
      }
    }
    this.running -= 1;
  }
}
