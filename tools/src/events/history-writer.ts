import { catalogItemSchema, type CatalogItem } from '@offerstream/contracts';
import { MAX_UNREADABLE_SHOWN, type HistoryEvent, type UnreadableLine } from './history.js';
import { mergeFacts } from './item-facts.js';

/** Takes what the readers find, in the order of the files. */
export class HistoryWriter {
  readonly events: HistoryEvent[] = [];
  readonly items = new Map<string, CatalogItem>();
  readonly skipped = new Map<string, number>();
  readonly firstUnreadable: UnreadableLine[] = [];
  unreadableCount = 0;
  readonly #ids = new Map<string, number>();
  #file = '';

  startFile(file: string): void {
    this.#file = file;
  }

  add(event: HistoryEvent, facts: readonly CatalogItem[]): void {
    this.events.push(event);
    for (const item of facts) this.items.set(item.id, mergeFacts(this.items.get(item.id), item));
    for (const { item } of event.interactions) {
      if (!this.items.has(item)) this.items.set(item, catalogItemSchema.parse({ id: item }));
    }
  }

  unreadable(line: number, reason: string): void {
    this.unreadableCount += 1;
    if (this.firstUnreadable.length < MAX_UNREADABLE_SHOWN)
      this.firstUnreadable.push({ file: this.#file, line, reason });
  }

  skip(because: string): void {
    this.skipped.set(because, (this.skipped.get(because) ?? 0) + 1);
  }

  /** An id from an event's content; events of the same content, which a shopper can well make twice, get different ones. */
  idOf(content: string): string {
    const count = this.#ids.get(content) ?? 0;
    this.#ids.set(content, count + 1);
    return count === 0 ? content : `${content}-${count + 1}`;
  }
}
