import type { ItemId, Tenant, TenantId } from '@offerstream/contracts';
import { Problem, type ProblemDetails } from '@offerstream/http-api';
import { mixRanks, RETRIEVED, wordsOf } from '@offerstream/search';
import type { Embedder } from '../language/embedder.js';
import type { EmbeddedPhoto, PhotoEmbedder } from '../images/photo-embedder.js';
import type { ServingEncoder } from '../models/model-folder.js';
import { namedVersion } from '../models/model-version.js';
import { roundedScore } from '../recommendations/rounded-score.js';
import type { ItemVectors } from './item-vectors.js';
import type { AnswerTo, Ask } from './search-messages.js';
import { PICTURE_UNKNOWN, PICTURES_STARTING, vectorsMissing } from '../images/image-problems.js';
import type { SimilarResponse } from '../images/image-schemas.js';
import type { SearchResponse, Sought, SuggestQuery, SuggestResponse } from './search-schemas.js';
import type { SearchThread } from './search-thread.js';
import type { Taste } from './taste.js';
import { spaceOf, type PlacedVector } from './vector-space.js';
import type { WhatIsWanted } from './what-is-wanted.js';

export interface ItemSearchParts {
  readonly thread: Pick<SearchThread, 'ask' | 'waitingCount'>;
  readonly wanted: Pick<WhatIsWanted, 'tell'>;
  readonly taste: Pick<Taste, 'forItems' | 'habit'>;
  readonly embedder: Pick<Embedder, 'has' | 'encoderFor' | 'embed'>;
  readonly photos: Pick<PhotoEmbedder, 'embed'>;
  readonly vectors: Pick<ItemVectors, 'areKnown' | 'textSpacesOf'>;
  /** Called when the shop has an encoder, and a search has to do without. */
  readonly onNotEmbedded: () => void;
}

/** Later, a search by words alone is the better answer. */
const EMBED_TIMEOUT_MS = 500;
/** Requests that wait for the search thread. */
const MOST_WAITING = 200;

/** A photo that is searched by, and who waits for it. */
export interface SearchedPhoto {
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal;
}

/** Where a query points, and by what. */
interface Meaning {
  readonly encoder: ServingEncoder;
  readonly vector: PlacedVector;
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
    const { taste, photos, vectors } = this.parts;
    // Before anything is done for it.
    this.ensureRoom();
    // Every text points somewhere; one without a word means nothing that a shop has.
    const isMeant = wordsOf(q).shown.length > 0;
    const [meaning, seen] = await Promise.all([
      isMeant ? this.meaningOf(tenant.id, q) : undefined,
      photo === undefined || !vectors.areKnown ? undefined : photos.embed(tenant, photo.bytes, photo.signal),
    ]);
    const found = await this.ask(tenant.id, 'find', {
      query: q,
      vector: meaning?.vector,
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
      encoder: meaning === undefined ? null : namedVersion(meaning.encoder),
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
    if (!this.parts.vectors.areKnown) throw PICTURES_STARTING;
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
    return seen !== undefined && this.parts.vectors.areKnown ? vectorsMissing(seen.model) : PICTURES_STARTING;
  }

  /** By the encoder that most of the shop's titles were looked at with; undefined where none can be asked. */
  private async meaningOf(tenant: TenantId, query: string): Promise<Meaning | undefined> {
    const { embedder, vectors, onNotEmbedded } = this.parts;
    const encoder = embedder.encoderFor(tenant, vectors.textSpacesOf(tenant));
    if (encoder === undefined) {
      // While they are still being read, nothing is wrong.
      if (embedder.has(tenant) && vectors.areKnown) onNotEmbedded();
      return undefined;
    }
    try {
      const signal = AbortSignal.timeout(EMBED_TIMEOUT_MS);
      const { vectors: values } = await embedder.embed(tenant, encoder, [query], signal);
      // A query of which the encoder knows no word may point nowhere.
      if (values.every((value) => value === 0)) return undefined;
      return { encoder, vector: { space: spaceOf(encoder, encoder.dimensions), values } };
    } catch {
      onNotEmbedded();
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
