import type { ItemId, TenantId } from '@offerstream/contracts';
import { unlessLost } from './search-thread.js';

/** Items of one request to the thread: queries come between two of them. */
const SLICE = 128;

/** Items of a shop, each with what was noted of it last. */
export type NotedItems<Note> = readonly (readonly [ItemId, Note])[];

/** Tells the search thread of items, slice by slice; one of which more is noted before is told once. */
export class ItemFeed<Note> {
  private readonly noted = new Map<TenantId, Map<ItemId, Note>>();
  private feeding: Promise<void> | undefined;

  /** @param tell rejects with SEARCH_LOST where the thread is lost */
  constructor(private readonly tell: (tenant: TenantId, items: NotedItems<Note>) => Promise<void>) {}

  note(tenant: TenantId, item: ItemId, note: Note): void {
    const items = this.noted.get(tenant);
    if (items === undefined) this.noted.set(tenant, new Map([[item, note]]));
    else items.set(item, note);
    this.feeding ??= this.feed();
  }

  /** Resolves when the thread was told of all that was noted, or is lost. */
  async untilTold(): Promise<void> {
    await this.feeding;
  }

  forget(): void {
    this.noted.clear();
  }

  /** One slice of each shop in turn, so that a large catalog does not keep the others waiting. */
  private async feed(): Promise<void> {
    try {
      while (this.noted.size > 0) {
        for (const [tenant, noted] of this.noted) {
          const items = [...noted.entries().take(SLICE)];
          for (const [item] of items) noted.delete(item);
          if (noted.size === 0) this.noted.delete(tenant);
          await this.tell(tenant, items);
        }
      }
    } catch (error) {
      unlessLost(error);
    } finally {
      this.feeding = undefined;
    }
  }
}
