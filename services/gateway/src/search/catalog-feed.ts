import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import type { GatewayTables } from '../gateway-tables.js';
import { unlessLost, type SearchThread } from './search-thread.js';
import type { ItemChange } from './shop-index.js';

/** Items of one request to the thread: queries come between two of them. */
const SLICE = 128;

export interface CatalogFeedParts {
  readonly tables: Pick<GatewayTables, 'shop'>;
  readonly thread: Pick<SearchThread, 'ask'>;
  /** Called when the thread knows of the changes. */
  readonly onIndexed: (tenant: TenantId, changes: readonly ItemChange[]) => void;
}

/** Tells the search thread of the catalogs' changes, slice by slice; an item that changes again before is told once, as it is then. */
export class CatalogFeed {
  private readonly changed = new Map<TenantId, Set<ItemId>>();
  private feeding = false;

  constructor(private readonly parts: CatalogFeedParts) {}

  /** The item is another one than before, or gone. */
  note(tenant: TenantId, item: ItemId): void {
    const items = this.changed.get(tenant);
    if (items === undefined) this.changed.set(tenant, new Set([item]));
    else items.add(item);
    if (!this.feeding) void this.feed();
  }

  /** One slice of each shop in turn, so that a large catalog does not keep the others waiting. */
  private async feed(): Promise<void> {
    this.feeding = true;
    try {
      while (this.changed.size > 0) {
        for (const [tenant, changed] of this.changed) {
          const items = [...changed.values().take(SLICE)];
          for (const item of items) changed.delete(item);
          if (changed.size === 0) this.changed.delete(tenant);
          const changes = items.map((item) => this.changeOf(tenant, item));
          await this.parts.thread.ask(tenant, 'change', { changes });
          this.parts.onIndexed(tenant, changes);
        }
      }
    } catch (error) {
      unlessLost(error);
    } finally {
      this.feeding = false;
    }
  }

  private changeOf(tenant: TenantId, id: ItemId): ItemChange {
    const item = this.parts.tables.shop(tenant).item(itemHash(tenant, id));
    if (item === undefined) return { id, state: undefined };
    const { title, categories, available } = item;
    return { id, state: { title, categories, available } };
  }
}
