import { hash64, type Searches, type SubjectId, type TenantId } from '@offerstream/contracts';
import { decayOf } from './decay.js';

const HALF_LIFE_SECONDS = 7 * 86_400;
const HALF_LIFE_MS = HALF_LIFE_SECONDS * 1_000;
/** What fewer shoppers searched for is told to nobody: it may be about one of them. */
const FEWEST_SHOPPERS = 3;
/** Longer texts are no queries that others would type. */
const LONGEST_QUERY = 64;
/** Of a tenant, in memory; whoever makes queries up must not fill it. */
const MOST_KEPT = 10_000;
/** Of a tenant, in a record. */
const MOST_TOLD = 500;
/** Of a tenant, of all sources. */
const MOST_MERGED = 5_000;
/** Below it a count is forgotten: three searches after four weeks, when the topic forgets them too. */
const NEGLIGIBLE = 0.2;

export interface CountedQuery {
  readonly query: string;
  readonly count: number;
}

interface Searched {
  /** By forward decay, see `Trends`; exponents stay small for decades. */
  weight: number;
  /** Hashes of the last shoppers. */
  readonly shoppers: bigint[];
}

/**
 * What shoppers search for: counts by tenant and query that halve every week. A shopper's repeats count once, until others have searched
 * for the same; a query is told only once {@link FEWEST_SHOPPERS} different ones have.
 */
export class SearchCounts {
  private readonly tenants = new Map<TenantId, Map<string, Searched>>();
  private readonly changed = new Set<TenantId>();

  /** @param sinceMs a moment that weights are scaled to, ms since 1970: best the start of the process */
  constructor(private readonly sinceMs: number) {}

  /** @param timeMs when it happened, so that a backlog counts as what it is */
  note(tenant: TenantId, subject: SubjectId, query: string, timeMs: number): void {
    const text = normalized(query);
    if (text === undefined) return;
    let queries = this.tenants.get(tenant);
    if (queries === undefined) this.tenants.set(tenant, (queries = new Map<string, Searched>()));
    let searched = queries.get(text);
    if (searched === undefined) {
      if (queries.size >= MOST_KEPT) forgetLightest(queries);
      queries.set(text, (searched = { weight: 0, shoppers: [] }));
    }
    const shopper = hash64(subject);
    if (searched.shoppers.includes(shopper)) return;
    searched.weight += 2 ** ((timeMs - this.sinceMs) / HALF_LIFE_MS);
    searched.shoppers.push(shopper);
    if (searched.shoppers.length > FEWEST_SHOPPERS) searched.shoppers.shift();
    if (mayBeTold(searched)) this.changed.add(tenant);
  }

  /** The tenants of whom something that may be told was noted since they were named last. */
  takeChanged(): TenantId[] {
    const tenants = [...this.changed];
    this.changed.clear();
    return tenants;
  }

  /** What may be told, the most frequent first, with its counts at `nowMs`. Forgets what is negligible by then. */
  top(tenant: TenantId, nowMs: number): CountedQuery[] {
    const queries = this.tenants.get(tenant);
    if (queries === undefined) return [];
    const decay = 2 ** ((this.sinceMs - nowMs) / HALF_LIFE_MS);
    const told: CountedQuery[] = [];
    for (const [query, searched] of queries) {
      const count = searched.weight * decay;
      if (count < NEGLIGIBLE) queries.delete(query);
      else if (mayBeTold(searched)) told.push({ query, count });
    }
    if (queries.size === 0) this.tenants.delete(tenant);
    return told.sort(byCount).slice(0, MOST_TOLD);
  }
}

const mayBeTold = ({ shoppers }: Searched): boolean => shoppers.length >= FEWEST_SHOPPERS;

/** As one query, however it was typed; undefined for what is none. */
const normalized = (query: string): string | undefined => {
  if (query.length > 4 * LONGEST_QUERY) return undefined;
  const text = query
    .toLowerCase()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return text === '' || text.length > LONGEST_QUERY ? undefined : text;
};

/** A tenth at a time, so that it is looked for rarely. */
const forgetLightest = (queries: Map<string, Searched>): void => {
  const lightest = [...queries].sort(([, one], [, other]) => one.weight - other.weight).slice(0, MOST_KEPT / 10);
  for (const [query] of lightest) queries.delete(query);
};

/** A source's record of a tenant, for the topic `searches`. */
export const searchesOf = (
  tenant: TenantId,
  source: string,
  nowMs: number,
  queries: readonly CountedQuery[],
): Searches => ({
  tenant,
  source,
  at: new Date(nowMs).toISOString(),
  halfLifeSeconds: HALF_LIFE_SECONDS,
  queries: queries.map(({ query, count }) => ({ query, count })),
});

/** One tenant's searches of all sources → counts at `nowMs`, the most frequent first. A source that ended is left as it was. */
export const mergeSearches = (sources: Iterable<Searches>, nowMs: number): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const searches of sources) {
    const decay = decayOf(searches, nowMs);
    for (const { query, count } of searches.queries) {
      if (count * decay >= NEGLIGIBLE) sums.set(query, (sums.get(query) ?? 0) + count * decay);
    }
  }
  return new Map([...sums].sort(([, one], [, other]) => other - one).slice(0, MOST_MERGED));
};

/** Whether nothing of what a source had seen counts any more at `nowMs`. */
export const areSearchesSpent = (searches: Searches, nowMs: number): boolean => {
  const decay = decayOf(searches, nowMs);
  return searches.queries.every(({ count }) => count * decay < NEGLIGIBLE);
};

const byCount = (one: CountedQuery, other: CountedQuery): number => other.count - one.count;
