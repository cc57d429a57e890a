import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import type { GatewayTables } from '../gateway-tables.js';
import { ItemFeed } from './item-feed.js';
import type { SearchThread } from './search-thread.js';
import type { ItemChange } from './shop-index.js';

export interface CatalogFeedParts {
  readonly tables: Pick<GatewayTables, 'shop'>;
  readonly thread: Pick<SearchThread, 'ask'>;
}

/** Tells the search thread of the catalogs' changes, each item as it is when it is told. */
export class CatalogFeed {
  private readonly changed: ItemFeed<void>;

  constructor(private readonly parts: CatalogFeedParts) {
    this.changed = new ItemFeed(async (tenant, items) => {
      const changes = items.map(([item]) => this.changeOf(tenant, item));
      await parts.thread.ask(tenant, 'change', { changes });
    });
  }

  /** The item is another one than before, or gone. */
  note(tenant: TenantId, item: ItemId): void {
    this.changed.note(tenant, item);
  }

  private changeOf(tenant: TenantId, id: ItemId): ItemChange {
    const item = this.parts.tables.shop(tenant).item(itemHash(tenant, id));
    if (item === undefined) return { id, state: undefined };
    const { title, categories, available } = item;
    return { id, state: { title, categories, available } };
  }
}
