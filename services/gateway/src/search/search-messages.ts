import type { TenantId } from '@offerstream/contracts';
import type { Habit, ScoredItem, Suggestion } from '@offerstream/search';
import type { AlikeRequest, Counts, FindRequest, Found, ItemChange, VectorsOfItem } from './shop-index.js';
import type { VectorSpace } from './vector-space.js';

/** What the search thread is asked, and what it answers. */
export interface SearchOperations {
  readonly change: { readonly ask: { readonly changes: readonly ItemChange[] }; readonly answer: undefined };
  readonly counts: { readonly ask: Counts; readonly answer: undefined };
  readonly language: {
    /** Of the model's version; undefined where there is none. */
    readonly ask: { readonly folder: string | undefined };
    /** Why it can't be used. */
    readonly answer: string | undefined;
  };
  readonly vectors: {
    readonly ask: { readonly items: readonly VectorsOfItem[] };
    /** Of all titles of the shop, that of the most of them first. */
    readonly answer: readonly VectorSpace[];
  };
  readonly alike: { readonly ask: AlikeRequest; readonly answer: readonly ScoredItem[] | undefined };
  readonly complete: {
    readonly ask: { readonly typed: string; readonly limit: number; readonly habit: Habit | undefined };
    readonly answer: readonly Suggestion[];
  };
  readonly find: { readonly ask: FindRequest; readonly answer: Found };
}

export type SearchKind = keyof SearchOperations;
export type Ask<Kind extends SearchKind> = SearchOperations[Kind]['ask'];
export type AnswerTo<Kind extends SearchKind> = SearchOperations[Kind]['answer'];

export type SearchRequest = {
  readonly [Kind in SearchKind]: {
    readonly id: number;
    readonly tenant: TenantId;
    readonly kind: Kind;
    readonly ask: Ask<Kind>;
  };
}[SearchKind];

export type SearchAnswer =
  | { readonly id: number; readonly answer: AnswerTo<SearchKind> }
  /** Of a query, by a bug. */
  | { readonly id: number; readonly failure: string };
