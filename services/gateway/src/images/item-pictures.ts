import { splitKey, type ItemId, type TenantId } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';
import type { FollowedTable, RawRecord } from '@offerstream/kafka';
import { FewAtOnce } from '@offerstream/pipeline';
import { IMAGES_BUSY, PICTURE_UNKNOWN, PICTURES_STARTING } from './image-problems.js';

/** Where a picture lies on its topic. */
export interface PicturePlace {
  readonly partition: number;
  readonly offset: number;
}

export interface ItemPicturesOptions {
  /** The record at a place, or the next one where compaction has removed it; anything else where the topic has neither. */
  readonly read: (place: PicturePlace) => Promise<Pick<RawRecord, 'key' | 'value'> | string>;
  /** How long one may wait for a picture. */
  readonly timeoutMs: number;
}

/** They share a connection, which answers one after the other. */
const READS_AT_ONCE = 4;
/** A request reads one after the other. */
const MOST_WAITING_OF_TENANT = 64;

/**
 * Pictures of items, read from their topic when they are asked for. In memory is only where each lies: a hundred bytes an item, where a
 * picture has up to a hundred thousand.
 */
export class ItemPictures {
  private readonly shops = new Map<TenantId, Map<ItemId, PicturePlace>>();
  private readonly reads = new FewAtOnce(READS_AT_ONCE, {
    mostWaiting: MOST_WAITING_OF_TENANT,
    busy: () => new Problem(IMAGES_BUSY),
  });
  private followed: FollowedTable | undefined;
  private areKnown = false;

  constructor(private readonly options: ItemPicturesOptions) {}

  /** @param followed the topic, by {@link note} */
  start(followed: FollowedTable): void {
    this.followed = followed;
    void followed.caughtUp.then(() => (this.areKnown = true));
  }

  /**
   * @param key tenant:item
   * @returns undefined, or why the record can't be taken
   */
  note(
    key: string,
    { value, partition, offset }: Pick<RawRecord, 'value' | 'partition' | 'offset'>,
  ): string | undefined {
    const parts = splitKey(key);
    if (parts === undefined) return 'its key is not one of this topic';
    const shop = this.shops.get(parts.tenant) ?? new Map<ItemId, PicturePlace>();
    if (value === null) shop.delete(parts.rest as ItemId);
    else shop.set(parts.rest as ItemId, { partition, offset });
    if (shop.size === 0) this.shops.delete(parts.tenant);
    else this.shops.set(parts.tenant, shop);
    return undefined;
  }

  placeOf(tenant: TenantId, item: ItemId): PicturePlace | undefined {
    return this.shops.get(tenant)?.get(item);
  }

  /**
   * @param signal fires when nobody waits for it any more
   * @throws Problem `starting`, `picture-unknown`, `images-busy`, `kafka-unavailable`; the signal's reason
   */
  async of(tenant: TenantId, item: ItemId, signal: AbortSignal): Promise<Uint8Array> {
    if (!this.areKnown) throw PICTURES_STARTING;
    if (this.placeOf(tenant, item) === undefined) throw PICTURE_UNKNOWN;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(PICTURES_AWAY), this.options.timeoutMs);
    const over = AbortSignal.any([signal, late.signal]);
    const left = Promise.withResolvers<never>();
    over.addEventListener('abort', () => left.reject(over.reason));
    try {
      // One that is given up while it is read goes on until Kafka is there again, and keeps its place for as long.
      const read = this.reads.run(() => this.read(tenant, item), { signal: over, owner: tenant });
      return await Promise.race([read, left.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.followed?.close();
  }

  private async read(tenant: TenantId, item: ItemId): Promise<Uint8Array> {
    const place = this.placeOf(tenant, item);
    if (place === undefined) throw PICTURE_UNKNOWN;
    let record: Awaited<ReturnType<ItemPicturesOptions['read']>>;
    try {
      record = await this.options.read(place);
    } catch {
      throw PICTURES_AWAY;
    }
    // It was replaced in this moment.
    if (typeof record === 'string' || record.value === null || record.key?.toString() !== `${tenant}:${item}`)
      throw PICTURE_UNKNOWN;
    // A copy: it is a view into all that was fetched with it.
    return Uint8Array.from(record.value);
  }
}

const PICTURES_AWAY = new Problem({
  status: 503,
  code: 'kafka-unavailable',
  reason: 'The pictures can not be read at the moment.',
  fix: 'Send the request again after Retry-After, or send the photo itself.',
  retryAfterSeconds: 2,
});
