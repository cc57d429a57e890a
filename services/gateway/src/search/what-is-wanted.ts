import type { ItemId, TenantId } from '@offerstream/contracts';
import type { GatewayTables } from '../gateway-tables.js';
import type { SearchThread } from './search-thread.js';

/** A language model's version that is complete on disk. */
export interface LanguageVersion {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

export interface WhatIsWantedParts {
  readonly tables: Pick<GatewayTables, 'models' | 'shop'>;
  readonly thread: Pick<SearchThread, 'ask'>;
  readonly languageModelOf: (tenant: TenantId) => LanguageVersion | undefined;
  readonly onUnreadable: (problem: string) => void;
}

interface Told {
  popular: readonly bigint[];
  language: LanguageVersion | undefined;
}

const NOTHING_TOLD: Told = { popular: [], language: undefined };

/** Tells the search thread what ranks a shop's completions beside its titles, when that has changed since it was told last. */
export class WhatIsWanted {
  private readonly told = new Map<TenantId, Told>();

  constructor(private readonly parts: WhatIsWantedParts) {}

  /** What is asked of the thread afterwards knows it. @returns the language model that ranks */
  tell(tenant: TenantId): LanguageVersion | undefined {
    const { tables, thread, languageModelOf, onUnreadable } = this.parts;
    const before = this.told.get(tenant) ?? NOTHING_TOLD;
    const now = { popular: tables.models.popularOf(tenant), language: languageModelOf(tenant) };
    this.told.set(tenant, now);
    if (now.popular !== before.popular)
      void thread.ask(tenant, 'counts', { searches: new Map(), items: this.itemCounts(tenant, now.popular) });
    if (now.language?.folder !== before.language?.folder) {
      void thread.ask(tenant, 'language', { folder: now.language?.folder }).then((problem) => {
        if (problem !== undefined) onUnreadable(problem);
      });
    }
    return now.language;
  }

  /** Nobody says how often, only which are the most popular: the second is wanted half as often, as of what is chosen by many. */
  private itemCounts(tenant: TenantId, popular: readonly bigint[]): ReadonlyMap<ItemId, number> {
    const shop = this.parts.tables.shop(tenant);
    return new Map(
      popular.flatMap((hash, index) => {
        const item = shop.item(hash);
        return item === undefined ? [] : [[item.id, popular.length / (index + 1)] as const];
      }),
    );
  }
}
