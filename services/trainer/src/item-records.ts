import { splitKey, type ItemId, type TenantId } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';

/** Where a record lies on its topic. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: number;
}

export interface ItemRecordsOptions<Note> {
  /** What is kept of a record. @throws ZodError, SyntaxError where it is none of the topic */
  readonly noteOf: (value: Buffer, record: RawRecord) => Note;
  /** The record at a place, or the next one where compaction has removed it; anything else where the topic has neither. */
  readonly read: (place: RecordPlace) => Promise<Pick<RawRecord, 'value' | 'offset'> | string>;
  readonly onChanged: (tenant: TenantId, item: ItemId) => void;
}

export interface ItemRecord<Note> {
  readonly note: Note;
  readonly value: Buffer;
}

type Placed<Note> = RecordPlace & { readonly note: Note };

/** Whoever looks at what has just come finds it here. */
const RECENT_BYTES = 16 * 1024 * 1024;

/**
 * Items' records of a compacted topic, whose values are too large to hold all of them: in memory is where each lies and what was noted of it,
 * and the values of those that came last.
 */
export class ItemRecords<Note> {
  private readonly shops = new Map<TenantId, Map<ItemId, Placed<Note>>>();
  private readonly recent = new Map<Placed<Note>, Buffer>();
  private recentBytes = 0;

  constructor(private readonly options: ItemRecordsOptions<Note>) {}

  /**
   * @param key tenant:item
   * @param value null for an item that has none any more
   * @returns undefined, or why the record can't be taken
   * @throws what `noteOf` throws
   */
  put(key: string, value: Buffer | null, record: RawRecord): string | undefined {
    const parts = splitKey(key);
    if (parts === undefined) return 'its key is not one of this topic';
    const { tenant } = parts;
    const item = parts.rest as ItemId;
    const { partition, offset } = record;
    const placed = value === null ? undefined : { partition, offset, note: this.options.noteOf(value, record) };
    const shop = this.shops.get(tenant) ?? new Map<ItemId, Placed<Note>>();
    this.forget(shop.get(item));
    if (placed === undefined) shop.delete(item);
    else shop.set(item, placed);
    if (shop.size === 0) this.shops.delete(tenant);
    else this.shops.set(tenant, shop);
    if (placed !== undefined && value !== null) this.keep(placed, value);
    this.options.onChanged(tenant, item);
    return undefined;
  }

  items(tenant: TenantId): Iterable<ItemId> {
    return this.shops.get(tenant)?.keys() ?? [];
  }

  noteOf(tenant: TenantId, item: ItemId): Note | undefined {
    return this.shops.get(tenant)?.get(item)?.note;
  }

  /** Undefined where the item has none, or another one in this moment. @throws where Kafka is away */
  async read(tenant: TenantId, item: ItemId): Promise<ItemRecord<Note> | undefined> {
    const placed = this.shops.get(tenant)?.get(item);
    if (placed === undefined) return undefined;
    const value = this.recent.get(placed) ?? (await this.readAgain(placed));
    return value === undefined ? undefined : { note: placed.note, value };
  }

  private async readAgain(place: RecordPlace): Promise<Buffer | undefined> {
    const record = await this.options.read(place);
    return typeof record === 'string' || record.offset !== place.offset ? undefined : (record.value ?? undefined);
  }

  private keep(placed: Placed<Note>, value: Buffer): void {
    // Its bytes are a view into all that came with it.
    this.recent.set(placed, Buffer.from(value));
    this.recentBytes += value.length;
    for (const oldest of this.recent.keys()) {
      if (this.recentBytes <= RECENT_BYTES) return;
      this.forget(oldest);
    }
  }

  private forget(placed: Placed<Note> | undefined): void {
    if (placed === undefined) return;
    this.recentBytes -= this.recent.get(placed)?.length ?? 0;
    this.recent.delete(placed);
  }
}
