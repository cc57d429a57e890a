import type { ItemId, Tenant, TenantId } from '@offerstream/contracts';
import { Problem, type ProblemDetails } from '@offerstream/http-api';
import { mixRanks, wordsOf } from '@offerstream/search';
import type { Embedder } from '../language/embedder.js';
import type { EmbeddedPhoto, PhotoEmbedder } from '../images/photo-embedder.js';
import type { ServingEncoder } from '../models/model-folder.js';
import { namedVersion } from '../models/model-version.js';
import { roundedScore } from '../recommendations/rounded-score.js';
import type { AnswerTo, Ask } from './search-messages.js';
import { PICTURE_UNKNOWN, PICTURES_STARTING, vectorsMissing } from '../images/image-problems.js';
import type { SimilarResponse } from '../images/image-schemas.js';
import type { SearchResponse, Sought, SuggestQuery, SuggestResponse } from './search-schemas.js';
import type { SearchThread } from './search-thread.js';
import type { PictureVectors } from './picture-vectors.js';
import type { FindRequest } from './shop-index.js';
import type { Taste } from './taste.js';
import { spaceOf } from './title-vectors.js';
import type { WhatIsWanted } from './what-is-wanted.js';

export interface ItemSearchParts {
  readonly thread: Pick<SearchThread, 'ask' | 'waitingCount'>;
  readonly wanted: Pick<WhatIsWanted, 'tell'>;
  readonly taste: Pick<Taste, 'forItems' | 'habit'>;
  readonly embedder: Pick<Embedder, 'encoderOf' | 'embed'>;
  readonly photos: Pick<PhotoEmbedder, 'embed'>;
  readonly pictures: Pick<PictureVectors, 'areKnown'>;
  /** Called when the encoder did not answer. */
  readonly onNotEmbedded: (error: unknown) => void;
}

/** Items of each kind of retrieval that are mixed: a shopper's taste orders these. */
const RETRIEVED = 100;
/** Later, a search by words alone is the better answer. */
const EMBED_TIMEOUT_MS = 500;
/** Requests that wait for the search thread. */
const MOST_WAITING = 200;

/** A photo that is searched by, and who waits for it. */
export interface SearchedPhoto {
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal;
}

/** What the operations of search answer. */
export class ItemSearch {
  constructor(private readonly parts: ItemSearchParts) {}

  /** @throws Problem `search-busy` */
  async suggest(tenant: Tenant, { q, subject, limit }: SuggestQuery): Promise<SuggestResponse> {
    const { wanted, taste } = this.parts;
    const habit = subject === undefined ? undefined : await taste.habit(tenant, subject);
    const [language, suggestions] = await Promise.all([
      wanted.tell(tenant.id),
      this.ask(tenant.id, 'complete', { typed: q, limit, habit }),
    ]);
    return {
      language: language === undefined ? null : { name: language.name, version: language.version },
      suggestions: suggestions.map(({ text }, index) => ({ text, rank: index + 1 })),
    };
  }

  /**
   * Where a photo can be compared with nothing, items are found by the words, and the answer says so.
   *
   * @throws Problem `search-busy`; what a photo may be refused with; without words `vectors-missing` and `starting` too
   */
  async find(tenant: Tenant, { q, subject, limit, category }: Sought, photo?: SearchedPhoto): Promise<SearchResponse> {
    const { taste, embedder, photos, pictures } = this.parts;
    // Before anything is done for it.
    this.ensureRoom();
    const encoder = embedder.encoderOf(tenant.id);
    // Every text points somewhere; one without a word means nothing that a shop has.
    const isMeant = wordsOf(q).shown.length > 0;
    const [vector, seen] = await Promise.all([
      encoder === undefined || !isMeant ? undefined : this.vectorOf(tenant.id, encoder, q),
      photo === undefined || !pictures.areKnown ? undefined : photos.embed(tenant, photo.bytes, photo.signal),
    ]);
    const found = await this.ask(tenant.id, 'find', {
      query: q,
      vector,
      picture: seen?.vector,
      limit: RETRIEVED,
      category,
    });
    const { lexical, vector: near, picture = [] } = found;
    const unused = photo === undefined || found.picture !== undefined ? undefined : this.nothingLike(seen);
    if (unused !== undefined && !isMeant) throw unused;
    const items = [...new Set([...lexical, ...near, ...picture].map(({ item }) => item))];
    const { model, affinity } = await taste.forItems(tenant, subject, items);
    return {
      encoder: encoder === undefined || vector === undefined ? null : { name: encoder.name, version: encoder.version },
      imageModel: seen === undefined || unused !== undefined ? null : namedVersion(seen.model),
      imageProblem: unused === undefined ? null : toldIn(unused.details),
      model,
      items: mixRanks({ lexical, vector: near, picture, limit, ...(affinity === undefined ? {} : { affinity }) }).map(
        ({ item, score }, index) => ({ item, rank: index + 1, score: roundedScore(score) }),
      ),
    };
  }

  /**
   * Available items that look like a photo, or like an item.
   *
   * @throws Problem `search-busy`, `picture-unknown`, `vectors-missing`, `starting`, and what a photo may be refused with
   */
  async alike(
    tenant: Tenant,
    like: SearchedPhoto | ItemId,
    { limit, category }: Pick<Sought, 'limit' | 'category'>,
  ): Promise<SimilarResponse> {
    this.ensureRoom();
    if (!this.parts.pictures.areKnown) throw PICTURES_STARTING;
    const seen = typeof like === 'string' ? undefined : await this.parts.photos.embed(tenant, like.bytes, like.signal);
    const found = await this.ask(tenant.id, 'alike', { like: seen?.vector ?? (like as ItemId), limit, category });
    if (found === undefined) throw seen === undefined ? PICTURE_UNKNOWN : this.nothingLike(seen);
    return {
      model: seen === undefined ? null : namedVersion(seen.model),
      items: found.map(({ item, score }, index) => ({ item, rank: index + 1, score: roundedScore(score) })),
      usage: { images: 1 },
    };
  }

  /**
   * Why a photo can be compared with nothing.
   *
   * @param seen undefined where it was not looked at
   */
  private nothingLike(seen: EmbeddedPhoto | undefined): Problem {
    return seen !== undefined && this.parts.pictures.areKnown ? vectorsMissing(seen.model) : PICTURES_STARTING;
  }

  private async vectorOf(tenant: TenantId, encoder: ServingEncoder, query: string): Promise<FindRequest['vector']> {
    try {
      const signal = AbortSignal.timeout(EMBED_TIMEOUT_MS);
      const { vectors } = await this.parts.embedder.embed(tenant, encoder, [query], signal);
      // A query of which the encoder knows no word may point nowhere.
      return vectors.some((value) => value !== 0) ? { space: spaceOf(encoder), values: vectors } : undefined;
    } catch (error) {
      this.parts.onNotEmbedded(error);
      return undefined;
    }
  }

  /** Others may have come while the request waited for something else. */
  private async ask<Kind extends 'complete' | 'find' | 'alike'>(
    tenant: TenantId,
    kind: Kind,
    ask: Ask<Kind>,
  ): Promise<AnswerTo<Kind>> {
    this.ensureRoom();
    return this.parts.thread.ask(tenant, kind, ask);
  }

  private ensureRoom(): void {
    if (this.parts.thread.waitingCount >= MOST_WAITING) throw SEARCH_BUSY;
  }
}

const toldIn = ({ code, reason, fix }: ProblemDetails) => ({ code, reason, fix });

const SEARCH_BUSY = new Problem({
  status: 429,
  code: 'search-busy',
  reason: 'More searches wait than are worked on in time.',
  fix: 'Send the request again after Retry-After.',
  retryAfterSeconds: 1,
});
