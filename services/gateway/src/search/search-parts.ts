import type { ItemId, TenantId } from '@offerstream/contracts';
import type { FollowedTable } from '@offerstream/kafka';
import type { PutRecord } from '@offerstream/service-kit';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { GatewayTables } from '../gateway-tables.js';
import type { PhotoEmbedder } from '../images/photo-embedder.js';
import type { LanguageParts } from '../language/language-parts.js';
import type { RankItems } from '../recommendations/rank-items.js';
import type { Shoppers } from '../shoppers.js';
import { CatalogFeed } from './catalog-feed.js';
import { ItemSearch } from './item-search.js';
import { ItemVectors } from './item-vectors.js';
import { SearchThread } from './search-thread.js';
import { Taste } from './taste.js';
import { WhatIsWanted } from './what-is-wanted.js';

/** What searches. */
export interface SearchParts {
  readonly itemSearch: ItemSearch;
  /** The item has come, changed or gone. */
  noteItem(tenant: TenantId, item: ItemId): void;
  /** Items' vectors are read from the topic as this follows it. */
  followVectors(follow: (put: PutRecord) => FollowedTable): void;
  close(): Promise<void>;
}

export interface SearchOptions {
  readonly tables: GatewayTables;
  readonly shoppers: Shoppers;
  readonly rankItems: RankItems;
  readonly language: Pick<LanguageParts, 'models' | 'embedder'>;
  readonly photos: Pick<PhotoEmbedder, 'embed'>;
  readonly metrics: Pick<GatewayMetrics, 'degraded' | 'watchSearchQueue' | 'searchThreadLost'>;
  readonly warn: (message: string) => void;
}

export const openSearch = ({
  tables,
  shoppers,
  rankItems,
  language,
  photos,
  metrics,
  warn,
}: SearchOptions): SearchParts => {
  const { embedder, models } = language;
  const thread = new SearchThread({
    onLost(reason) {
      metrics.searchThreadLost();
      warn(`the search thread is replaced: ${reason.stack ?? reason.message}`);
    },
    onReplaced() {
      wanted.forget();
      void vectors.again();
      for (const [tenant, { id }] of tables.catalog.items()) catalogFeed.note(tenant, id);
    },
  });
  metrics.watchSearchQueue(() => thread.waitingCount);
  const vectors = new ItemVectors(thread);
  const catalogFeed = new CatalogFeed({ tables, thread });
  const wanted = new WhatIsWanted({
    tables,
    thread,
    languageModelOf: (tenant) => models.of(tenant),
    nowMs: Date.now,
    onUnreadable: (problem) => warn(`suggestions do without the language model: ${problem}`),
  });
  return {
    itemSearch: new ItemSearch({
      thread,
      wanted,
      taste: new Taste({ tables, shoppers, rankItems, nowMs: Date.now }),
      embedder,
      photos,
      vectors,
      onNotEmbedded: () => metrics.degraded('encoder'),
    }),
    noteItem: (tenant, item) => catalogFeed.note(tenant, item),
    followVectors: (follow) => vectors.start(() => follow((key, value) => vectors.put(key, value))),
    async close() {
      await vectors.close();
      await thread.close();
    },
  };
};
