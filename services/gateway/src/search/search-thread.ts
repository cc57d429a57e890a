import { Worker } from 'node:worker_threads';
import type { TenantId } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';
import type { AnswerTo, Ask, SearchAnswer, SearchKind } from './search-messages.js';

export interface SearchThreadOptions {
  /** The thread ended by itself: what it was asked is refused, and so is what is asked before there is another. */
  readonly onLost: (reason: Error) => void;
  /** There is another thread, which knows nothing yet. */
  readonly onReplaced: () => void;
}

interface Waiting {
  readonly resolve: (answer: AnswerTo<SearchKind>) => void;
  readonly reject: (reason: Error) => void;
}

/** So that one that ends at once each time does not take a core. */
const REPLACE_AFTER_MS = 1_000;

/** The indexes of all shops, in a thread of their own: a query looks at up to a whole catalog. */
export class SearchThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private isClosed = false;

  constructor(private readonly options: SearchThreadOptions) {
    this.worker = this.startWorker();
  }

  /** Requests without an answer yet. */
  get waitingCount(): number {
    return this.waiting.size;
  }

  /**
   * Requests are answered in their order.
   *
   * @throws Problem {@link SEARCH_LOST}; what a query fails with
   */
  ask<Kind extends SearchKind>(tenant: TenantId, kind: Kind, ask: Ask<Kind>): Promise<AnswerTo<Kind>> {
    const { worker } = this;
    if (worker === undefined) return Promise.reject(SEARCH_LOST);
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.postMessage({ id, tenant, kind, ask });
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.worker?.terminate();
  }

  private startWorker(): Worker {
    const worker = new Worker(PROGRAM);
    let reason = new Error('The search thread ended.');
    worker.on('message', (answer: SearchAnswer) => this.settle(answer));
    worker.on('error', (error) => (reason = error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.lose(reason));
    worker.unref();
    return worker;
  }

  private lose(reason: Error): void {
    this.worker = undefined;
    const lost = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of lost) reject(SEARCH_LOST);
    if (this.isClosed) return;
    this.options.onLost(reason);
    setTimeout(() => this.replace(), REPLACE_AFTER_MS).unref();
  }

  private replace(): void {
    if (this.isClosed) return;
    this.worker = this.startWorker();
    this.options.onReplaced();
  }

  private settle(answer: SearchAnswer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ('failure' in answer) waiting?.reject(new Error(answer.failure));
    else waiting?.resolve(answer.answer);
  }
}

/** The built file, also where this module runs from its source. */
const PROGRAM = new URL('../../dist/search/search-worker.js', import.meta.url);

export const SEARCH_LOST = new Problem({
  status: 503,
  code: 'search-failed',
  reason: 'The thread that searches ended; another one takes its place.',
  fix: 'Send the request again after Retry-After; tell the operator when that goes on.',
  retryAfterSeconds: 2,
});

/** For whoever tells the thread something: it is told all anew once there is another. */
export const unlessLost = (error: unknown): void => {
  if (error !== SEARCH_LOST) throw error;
};
