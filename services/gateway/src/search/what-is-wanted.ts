import type { ItemId, TenantId } from '@offerstream/contracts';
import type { GatewayTables } from '../gateway-tables.js';
import { identityOf, type ServingVersion } from '../models/model-folder.js';
import { unlessLost, type SearchThread } from './search-thread.js';

export interface WhatIsWantedParts {
  readonly tables: Pick<GatewayTables, 'models' | 'shop' | 'searches'>;
  readonly thread: Pick<SearchThread, 'ask'>;
  readonly languageModelOf: (tenant: TenantId) => ServingVersion | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly onUnreadable: (problem: string) => void;
}

/** How often at most a shop's counts are told: they are many, and change with every record of a busy shop. */
const COUNTS_MS = 5_000;

interface Told {
  countsAtMs: number;
  popular: readonly bigint[];
  searches: ReadonlyMap<string, number>;
  /** The version that the thread was told of, see `identityOf`. */
  version: string | undefined;
  /** The same, once the thread can rank by it. */
  language: Promise<ServingVersion | undefined>;
}

const NO_LANGUAGE: Promise<undefined> = Promise.resolve(undefined);

/** Shops whose language models the thread holds at once: that of another is read again in a fraction of a second. */
const MOST_LANGUAGES = 32;

/** Tells the search thread what ranks a shop's completions beside its titles, where that has changed since it was told last. */
export class WhatIsWanted {
  private readonly told = new Map<TenantId, Told>();
  /** Whose language models the thread holds; who asked for completions longest ago comes first. */
  private readonly withLanguage = new Set<TenantId>();

  constructor(private readonly parts: WhatIsWantedParts) {}

  /** What is asked of the thread afterwards knows it. @returns the language model that ranks; none where it can't be read */
  tell(tenant: TenantId): Promise<ServingVersion | undefined> {
    let told = this.told.get(tenant);
    if (told === undefined) {
      told = { countsAtMs: -Infinity, popular: [], searches: new Map(), version: undefined, language: NO_LANGUAGE };
      this.told.set(tenant, told);
    }
    this.tellCounts(tenant, told);
    return this.tellLanguage(tenant, told);
  }

  /** The thread knows nothing any more. */
  forget(): void {
    this.told.clear();
    this.withLanguage.clear();
  }

  private tellCounts(tenant: TenantId, told: Told): void {
    const { tables, thread, nowMs } = this.parts;
    const now = nowMs();
    if (now - told.countsAtMs < COUNTS_MS) return;
    const popular = tables.models.popularOf(tenant);
    const searches = tables.searches.of(tenant, now);
    if (isSame(popular, told.popular) && (searches === told.searches || searches.size + told.searches.size === 0))
      return;
    told.countsAtMs = now;
    told.popular = popular;
    told.searches = searches;
    thread.ask(tenant, 'counts', { searches, items: this.itemCounts(tenant, popular) }).catch(unlessLost);
  }

  private tellLanguage(tenant: TenantId, told: Told): Promise<ServingVersion | undefined> {
    const { thread, languageModelOf, onUnreadable } = this.parts;
    const language = languageModelOf(tenant);
    const version = language === undefined ? undefined : identityOf(language);
    this.withLanguage.delete(tenant);
    if (version !== undefined) this.withLanguage.add(tenant);
    if (version !== told.version) {
      this.makeRoom();
      told.version = version;
      told.language = thread.ask(tenant, 'language', { folder: language?.folder }).then((problem) => {
        if (problem === undefined) return language;
        onUnreadable(problem);
        return undefined;
      });
    }
    return told.language;
  }

  private makeRoom(): void {
    const [oldest] = this.withLanguage;
    if (oldest === undefined || this.withLanguage.size <= MOST_LANGUAGES) return;
    this.withLanguage.delete(oldest);
    const told = this.told.get(oldest);
    if (told !== undefined) told.version = undefined;
    this.parts.thread.ask(oldest, 'language', { folder: undefined }).catch(unlessLost);
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

/** Where a shop has no model, the list is another empty one each time. */
const isSame = (one: readonly bigint[], other: readonly bigint[]): boolean =>
  one === other || one.length + other.length === 0;
