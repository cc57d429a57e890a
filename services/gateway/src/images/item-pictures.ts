import { splitKey, type ItemId, type TenantId } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';
import type { FollowedTable, RawRecord } from '@offerstream/kafka';
import { IMAGES_BUSY, PICTURE_UNKNOWN } from './image-problems.js';

/** Where a picture lies on its topic. */
export interface PicturePlace {
  readonly partition: number;
  readonly offset: number;
}

export interface ItemPicturesOptions {
  /** The record at a place, or the next one where compaction has removed it; anything else where the topic has neither. */
  readonly read: (place: PicturePlace) => Promise<Pick<RawRecord, 'key' | 'value'> | string>;
  /** How long it may take. */
  readonly timeoutMs: number;
}

/** Each opens connections of its own. */
const READS_AT_ONCE = 4;

/**
 * Pictures of items, read from their topic when they are asked for. In memory is only where each lies: a hundred bytes an item, where a
 * picture has up to a hundred thousand.
 */
export class ItemPictures {
  private readonly shops = new Map<TenantId, Map<ItemId, PicturePlace>>();
  private followed: FollowedTable | undefined;
  private reading = 0;

  constructor(private readonly options: ItemPicturesOptions) {}

  start(followed: FollowedTable): void {
    this.followed = followed;
  }

  /** @param key tenant:item; others are nobody's */
  note(key: string, { value, partition, offset }: Pick<RawRecord, 'value' | 'partition' | 'offset'>): void {
    const parts = splitKey(key);
    if (parts === undefined) return;
    const shop = this.shops.get(parts.tenant) ?? new Map<ItemId, PicturePlace>();
    if (value === null) shop.delete(parts.rest as ItemId);
    else shop.set(parts.rest as ItemId, { partition, offset });
    if (shop.size === 0) this.shops.delete(parts.tenant);
    else this.shops.set(parts.tenant, shop);
  }

  placeOf(tenant: TenantId, item: ItemId): PicturePlace | undefined {
    return this.shops.get(tenant)?.get(item);
  }

  /** @throws Problem `picture-unknown`, `images-busy`, `kafka-unavailable` */
  async of(tenant: TenantId, item: ItemId): Promise<Uint8Array> {
    const place = this.placeOf(tenant, item);
    if (place === undefined) throw PICTURE_UNKNOWN;
    if (this.reading >= READS_AT_ONCE) throw new Problem(IMAGES_BUSY);
    const record = await this.read(place);
    // It was replaced in this moment.
    if (typeof record === 'string' || record.value === null || record.key?.toString() !== `${tenant}:${item}`)
      throw PICTURE_UNKNOWN;
    return record.value;
  }

  async close(): Promise<void> {
    await this.followed?.close();
  }

  private async read(place: PicturePlace): ReturnType<ItemPicturesOptions['read']> {
    const { read, timeoutMs } = this.options;
    let timer: NodeJS.Timeout | undefined;
    this.reading += 1;
    // One that is given up goes on until Kafka is there again, and keeps its place for as long.
    const reading = read(place).finally(() => (this.reading -= 1));
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('It took too long.')), timeoutMs);
    });
    try {
      return await Promise.race([reading, late]);
    } catch {
      reading.catch(() => undefined);
      throw PICTURES_AWAY;
    } finally {
      clearTimeout(timer);
    }
  }
}

const PICTURES_AWAY = new Problem({
  status: 503,
  code: 'kafka-unavailable',
  reason: 'The pictures can not be read at the moment.',
  fix: 'Send the request again after Retry-After, or send the photo itself.',
  retryAfterSeconds: 2,
});
