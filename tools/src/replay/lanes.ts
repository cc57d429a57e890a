import { hash64 } from '@offerstream/contracts';
import { FINGERPRINT_COUNT } from '@offerstream/profile';

export interface LaneLimits {
  readonly lanes: number;
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** Half of what the collector takes at once, so that what it adds to events has room. */
export const LANE_LIMITS: LaneLimits = { lanes: 4, maxEvents: 100, maxBytes: 250 * 1024 };

/**
 * A batch may be sent again when its answer was lost, and the line recognises as many of a shopper's last events as this.
 */
const MAX_OF_ONE_SHOPPER = FINGERPRINT_COUNT;

export interface Sendable {
  readonly subject: string;
  /** The Segment call as JSON. */
  readonly call: string;
}

/**
 * Sends events in batches, several at once, and each shopper's one after the other: a shopper belongs to a lane, and a lane has one
 * batch under way.
 */
export class Lanes<Event extends Sendable> {
  readonly #queues: Event[][];
  readonly #running = new Map<number, Promise<void>>();
  #error: { readonly reason: unknown } | undefined;

  /** @param send is to reject only when nothing more can be sent */
  constructor(
    readonly send: (batch: readonly Event[]) => Promise<void>,
    readonly limits: LaneLimits = LANE_LIMITS,
  ) {
    this.#queues = Array.from({ length: limits.lanes }, () => []);
  }

  /** @throws what `send` has thrown */
  push(event: Event): void {
    if (this.#error !== undefined) throw this.#error.reason;
    const lane = Number(BigInt.asUintN(32, hash64(event.subject)) % BigInt(this.limits.lanes));
    this.#queues[lane]?.push(event);
    if (!this.#running.has(lane)) this.#running.set(lane, this.#run(lane));
  }

  /** Resolves when all that was pushed is sent. @throws what `send` has thrown */
  async idle(): Promise<void> {
    await Promise.all(this.#running.values());
    if (this.#error !== undefined) throw this.#error.reason;
  }

  async #run(lane: number): Promise<void> {
    const queue = this.#queues[lane] ?? [];
    // Events that are pushed in the same turn go together.
    await Promise.resolve();
    while (queue.length > 0 && this.#error === undefined) {
      const batch = queue.splice(0, batchLength(queue, this.limits));
      try {
        await this.send(batch);
      } catch (reason) {
        this.#error = { reason };
      }
    }
    this.#running.delete(lane);
  }
}

const batchLength = (queue: readonly Sendable[], { maxEvents, maxBytes }: LaneLimits): number => {
  const ofShopper = new Map<string, number>();
  let bytes = 0;
  for (const [index, { subject, call }] of queue.entries()) {
    const own = (ofShopper.get(subject) ?? 0) + 1;
    bytes += Buffer.byteLength(call) + 1;
    if (index === maxEvents || own > MAX_OF_ONE_SHOPPER || (bytes > maxBytes && index > 0)) return index;
    ofShopper.set(subject, own);
  }
  return queue.length;
};
