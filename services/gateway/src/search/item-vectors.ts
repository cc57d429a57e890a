import {
  itemVectorsSchema,
  splitKey,
  vectorOfText,
  type ItemVectors as VectorsRecord,
  type ItemId,
  type TenantId,
} from '@offerstream/contracts';
import type { FollowedTable } from '@offerstream/kafka';
import { ItemFeed } from './item-feed.js';
import type { SearchThread } from './search-thread.js';
import type { VectorsOfItem } from './shop-index.js';
import { spaceOf, type PlacedVector, type VectorSpace } from './vector-space.js';

/**
 * Tells the search thread what models made of items' titles and pictures, as the topic `item-vectors` says. Nothing of it is kept here: the
 * topic is read again where the thread was replaced.
 */
export class ItemVectors {
  private readonly feed: ItemFeed<Omit<VectorsOfItem, 'item'>>;
  private readonly spaces = new Map<TenantId, readonly VectorSpace[]>();
  private follow: (() => FollowedTable) | undefined;
  private followed: FollowedTable | undefined;
  private caughtUp = false;
  /** Threads that had to be told. */
  private threads = 1;
  /** One topic is not followed twice. */
  private turn: Promise<void> = Promise.resolve();

  constructor(thread: Pick<SearchThread, 'ask'>) {
    this.feed = new ItemFeed(async (tenant, noted) => {
      const items = noted.map(([item, vectors]) => ({ item, ...vectors }));
      this.spaces.set(tenant, await thread.ask(tenant, 'vectors', { items }));
    });
  }

  /** Whether the thread was told all that was there when the topic was read from its beginning. */
  get areKnown(): boolean {
    return this.caughtUp;
  }

  /** Where the titles of a shop's items lie, that of the most of them first: several while a new version of an encoder takes over. */
  textSpacesOf(tenant: TenantId): readonly VectorSpace[] {
    return this.spaces.get(tenant) ?? [];
  }

  start(follow: () => FollowedTable): void {
    this.follow = follow;
    this.begin();
  }

  /** The thread knows nothing any more. */
  again(): Promise<void> {
    this.caughtUp = false;
    this.threads += 1;
    this.turn = this.turn.then(async () => {
      await this.followed?.close();
      this.feed.forget();
      this.spaces.clear();
      this.begin();
    });
    return this.turn;
  }

  /**
   * @param key tenant:item
   * @param value null for an item that is gone
   * @returns undefined, or why the record can't be taken
   * @throws ZodError, SyntaxError when the value is none of this topic
   */
  put(key: string, value: Buffer | null): string | undefined {
    const parts = splitKey(key);
    if (parts === undefined) return 'its key is not one of this topic';
    const record = value === null ? undefined : itemVectorsSchema.parse(JSON.parse(value.toString()));
    const text = placed(record?.text);
    const image = placed(record?.image);
    if (text === 'broken' || image === 'broken') return 'a vector of the item is none: it has to be made again';
    this.feed.note(parts.tenant, parts.rest as ItemId, { text, image });
    return undefined;
  }

  async close(): Promise<void> {
    this.follow = undefined;
    await this.turn;
    await this.followed?.close();
  }

  private begin(): void {
    const { threads } = this;
    this.followed = this.follow?.();
    void this.followed?.caughtUp
      .then(() => this.feed.untilTold())
      .then(() => (this.caughtUp ||= threads === this.threads));
  }
}

/** Undefined where there is none, also where it points nowhere, as that of a title of which the encoder knows no word. */
const placed = (made: VectorsRecord['text']): PlacedVector | 'broken' | undefined => {
  if (made === undefined) return undefined;
  const values = vectorOfText(made.vector);
  if (values?.every(Number.isFinite) !== true) return 'broken';
  const space = spaceOf({ name: made.model, version: made.version }, values.length);
  return values.every((value) => value === 0) ? undefined : { space, values };
};
