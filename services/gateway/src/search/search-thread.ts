import { Worker } from 'node:worker_threads';
import type { TenantId } from '@offerstream/contracts';
import type { AnswerTo, Ask, SearchAnswer, SearchKind } from './search-messages.js';

/** The indexes of all shops, in a thread of their own: a query looks at up to a whole catalog. */
export class SearchThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, (answer: AnswerTo<SearchKind>) => void>();
  private lastId = 0;

  constructor() {
    this.worker = new Worker(PROGRAM);
    this.worker.on('message', (answer: SearchAnswer) => this.settle(answer));
    // Nobody listens to `error`: an error of the thread is a bug, and ends the process.
    this.worker.unref();
  }

  /** Requests without an answer yet. */
  get waitingCount(): number {
    return this.waiting.size;
  }

  /** Requests are answered in their order. */
  ask<Kind extends SearchKind>(tenant: TenantId, kind: Kind, ask: Ask<Kind>): Promise<AnswerTo<Kind>> {
    const id = ++this.lastId;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.worker.postMessage({ id, tenant, kind, ask });
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private settle({ id, answer }: SearchAnswer): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }
}

/** The built file, also where this module runs from its source. */
const PROGRAM = new URL('../../dist/search/search-worker.js', import.meta.url);
