import {
  itemKey,
  itemVectorsSchema,
  pictureHeadersSchema,
  splitKey,
  STATE_HEADERS,
  vectorText,
  type ItemId,
  type ItemVectors,
  type KafkaHeaders,
  type TenantId,
} from '@offerstream/contracts';
import type { Kafka, RawRecord } from '@offerstream/kafka';
import { ImageRefusal } from '@offerstream/vision';
import { readToEnd } from '../line/read-topic.js';
import type { PictureEncoder } from './picture-encoder.js';

export interface MakeVectorsOptions {
  readonly kafka: Kafka;
  /** Names on the broker. */
  readonly topics: { readonly pictures: string; readonly vectors: string };
  readonly tenant: TenantId;
  readonly encoder: Pick<PictureEncoder, 'name' | 'version' | 'embed'>;
  /** Resolves when the broker has the record of `item-vectors`. */
  readonly send: (record: VectorRecord) => Promise<void>;
  readonly signal: AbortSignal;
  /** @param share of the tenant's pictures, 0 to 1 */
  readonly onProgress: (share: number, made: number) => void;
}

export interface VectorRecord {
  readonly key: string;
  /** Null where the item has no vector any more. */
  readonly value: Buffer | null;
  readonly headers: KafkaHeaders;
}

export interface MadeVectors {
  readonly made: number;
  /** Were of the same picture by the same version already. */
  readonly same: number;
  /** Of pictures that are gone. */
  readonly removed: number;
  /** Items whose picture can't be looked at. */
  readonly refused: readonly { readonly item: string; readonly reason: string }[];
}

/** Pictures that are decoded at a time. */
const SIDE_BY_SIDE = 4;

/**
 * Makes vectors of a tenant's pictures as they are on the topic now, but of those that have one of the same picture by the same version:
 * so it goes on where it was stopped. A vector whose picture is gone goes, too.
 *
 * @throws ZodError when a record is none of its topic; what `send` throws; the signal's reason when it aborts
 */
export const makeVectors = async (options: MakeVectorsOptions): Promise<MadeVectors> => {
  const { kafka, topics, tenant, signal, onProgress } = options;
  const maker = new VectorMaker(options, await readVectors(options));
  const ownOf = (records: readonly RawRecord[]): readonly RawRecord[] =>
    records.filter(({ key }) => itemOf(key, tenant) !== undefined);
  // What compaction has not removed yet is not looked at, and nothing is made of a picture that is gone.
  await readToEnd(kafka, topics.pictures, (records) => ownOf(records).forEach((record) => maker.note(record)), {
    signal,
  });
  await readToEnd(
    kafka,
    topics.pictures,
    async (records) => {
      const wanted = ownOf(records).filter((record) => maker.isNewest(record));
      for (let from = 0; from < wanted.length; from += SIDE_BY_SIDE) {
        signal.throwIfAborted();
        await Promise.all(wanted.slice(from, from + SIDE_BY_SIDE).map((record) => maker.take(record)));
        onProgress(maker.share, maker.made);
      }
    },
    { signal },
  );
  await maker.removeGone();
  const { made, same, removed, refused } = maker;
  return { made, same, removed, refused };
};

const itemOf = (key: Buffer | null, tenant: TenantId): ItemId | undefined => {
  const parts = key === null ? undefined : splitKey(key.toString());
  return parts?.tenant === tenant ? (parts.rest as ItemId) : undefined;
};

const readVectors = async ({
  kafka,
  topics,
  tenant,
  signal,
}: MakeVectorsOptions): Promise<ReadonlyMap<ItemId, ItemVectors>> => {
  const known = new Map<ItemId, ItemVectors>();
  await readToEnd(
    kafka,
    topics.vectors,
    (records) => {
      for (const { key, value } of records) {
        const item = itemOf(key, tenant);
        if (item === undefined) continue;
        if (value === null) known.delete(item);
        else known.set(item, itemVectorsSchema.parse(JSON.parse(value.toString())));
      }
    },
    { signal },
  );
  return known;
};

class VectorMaker {
  made = 0;
  same = 0;
  removed = 0;
  readonly refused: { readonly item: string; readonly reason: string }[] = [];
  /** Where each item's newest picture lies: a key has one partition. */
  private readonly newest = new Map<ItemId, number>();

  constructor(
    private readonly options: MakeVectorsOptions,
    private readonly known: ReadonlyMap<ItemId, ItemVectors>,
  ) {}

  /** Of the pictures that there are, those that were looked at, 0 to 1. */
  get share(): number {
    return (this.made + this.same + this.refused.length) / Math.max(1, this.newest.size);
  }

  note({ key, value, offset }: RawRecord): void {
    const item = itemOf(key, this.options.tenant) as ItemId;
    if (value === null) this.newest.delete(item);
    else this.newest.set(item, offset);
  }

  isNewest({ key, offset }: RawRecord): boolean {
    return this.newest.get(itemOf(key, this.options.tenant) as ItemId) === offset;
  }

  async take({ key, value, headers }: RawRecord): Promise<void> {
    const { tenant, encoder } = this.options;
    const item = itemOf(key, tenant) as ItemId;
    const { sha256: source } = pictureHeadersSchema.parse(
      Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
    );
    const { name: model, version } = encoder;
    const before = this.known.get(item);
    const image = before?.image;
    if (image?.source === source && image.model === model && image.version === version) {
      this.same++;
      return;
    }
    try {
      const vector = vectorText(await encoder.embed(value as Buffer));
      await this.send(item, { ...before, id: item, image: { model, version, vector, source } });
      this.made++;
    } catch (error) {
      if (!(error instanceof ImageRefusal)) throw error;
      this.refused.push({ item, reason: error.message });
    }
  }

  async removeGone(): Promise<void> {
    for (const [item, { image, ...others }] of this.known) {
      if (image === undefined || this.newest.has(item)) continue;
      await this.send(item, others.text === undefined ? null : others);
      this.removed++;
    }
  }

  private send(item: ItemId, vectors: ItemVectors | null): Promise<void> {
    const value = vectors === null ? null : Buffer.from(JSON.stringify(vectors));
    return this.options.send({ key: itemKey(this.options.tenant, item), value, headers: STATE_HEADERS });
  }
}
