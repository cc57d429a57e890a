import { Counter, Gauge, type Registry } from 'prom-client';
import type { KindName } from './vectors/vector-kind.js';

const KINDS: readonly KindName[] = ['text', 'image'];

/** What the trainer counts, for Prometheus. */
export class TrainerMetrics {
  private readonly madeVectors: Counter<'kind'>;
  private readonly refusedItems: Counter<'kind'>;
  private readonly failures: Counter<'kind'>;
  private readonly placedItems: Counter;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.madeVectors = new Counter({
      name: 'trainer_vectors_made_total',
      help: 'Vectors of items that were made, by what of the item they are made of.',
      labelNames: ['kind'],
      registers,
    });
    this.refusedItems = new Counter({
      name: 'trainer_vectors_refused_total',
      help: 'Pictures that can not be looked at.',
      labelNames: ['kind'],
      registers,
    });
    this.failures = new Counter({
      name: 'trainer_vectors_failed_total',
      help: 'Times that an encoder could not make a vector of an item; it is tried again.',
      labelNames: ['kind'],
      registers,
    });
    this.placedItems = new Counter({
      name: 'trainer_items_placed_total',
      help: 'Items that were placed in a content model, and serve; one that has changed is placed again.',
      registers,
    });
  }

  /** @param waiting items that are in no version that serves */
  watchLacking(waiting: () => number): void {
    new Gauge({
      name: 'trainer_items_waiting',
      help: 'Items that the content model that serves does not know.',
      registers: [this.registry],
      collect() {
        this.set(waiting());
      },
    });
  }

  /** @param waiting items to be looked at */
  watchWaiting(waiting: (kind: KindName) => number): void {
    this.watchKinds('trainer_vectors_waiting', 'Items to be looked at, whether or not they lack a vector.', waiting);
  }

  /** @param outdated content models that were trained with another encoder than the one that serves */
  watchOutdated(outdated: (kind: KindName) => number): void {
    const help =
      'Content models that serve and to which vectors of new items say nothing: to be trained again, with the encoder that serves.';
    this.watchKinds('trainer_models_outdated', help, outdated);
  }

  placed(items: number): void {
    this.placedItems.inc(items);
  }

  made(kind: KindName, vectors: number): void {
    this.madeVectors.inc({ kind }, vectors);
  }

  refused(kind: KindName): void {
    this.refusedItems.inc({ kind });
  }

  failed(kind: KindName, times: number): void {
    this.failures.inc({ kind }, times);
  }

  private watchKinds(name: string, help: string, count: (kind: KindName) => number): void {
    new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers: [this.registry],
      collect() {
        for (const kind of KINDS) this.set({ kind }, count(kind));
      },
    });
  }
}
