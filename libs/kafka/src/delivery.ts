import { Fifo } from './fifo.js';

/** One call that sends records: settled once, when its last record is acknowledged or its first one fails. */
export class Delivery {
  readonly promise: Promise<void>;
  settled = false;
  #outstanding: number;
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  /** @param deadline on the clock of `performance.now()`; `Infinity` for none */
  constructor(
    records: number,
    readonly deadline: number,
  ) {
    this.#outstanding = records;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  acknowledge(): void {
    if (--this.#outstanding > 0 || this.settled) return;
    this.settled = true;
    this.#resolve();
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.#reject(error);
  }
}

/** Fails deliveries at their deadlines, which come in the order in which the deliveries do. */
export class DeliveryDeadlines {
  readonly #deliveries = new Fifo<Delivery>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param overdue what an overdue delivery fails with
   * @param onFailed called after deliveries have failed
   */
  constructor(
    private readonly overdue: () => Error,
    private readonly onFailed: () => void,
  ) {}

  watch(delivery: Delivery): void {
    if (!Number.isFinite(delivery.deadline)) return;
    this.#deliveries.push(delivery);
    this.#schedule();
  }

  forgetSettled(): void {
    while (this.#deliveries.first?.settled === true) this.#deliveries.shift();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    const oldest = this.#deliveries.first;
    if (this.#timer !== undefined || oldest === undefined) return;
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, oldest.deadline - performance.now()));
    this.#timer.unref();
  }

  #expire(): void {
    this.#timer = undefined;
    const at = performance.now();
    this.forgetSettled();
    for (let oldest = this.#deliveries.first; oldest !== undefined && oldest.deadline <= at;) {
      oldest.fail(this.overdue());
      this.#deliveries.shift();
      oldest = this.#deliveries.first;
    }
    this.onFailed();
    this.#schedule();
  }
}
