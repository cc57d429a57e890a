import type { LoggerService } from '@nestjs/common';
import {
  itemVectorsSchema,
  pictureHeadersSchema,
  splitKey,
  topicOnBroker,
  type ItemId,
  type TenantId,
  type TopicName,
} from '@offerstream/contracts';
import { Catalog, keepDescribed, PromotedModels, type DescribedItem } from '@offerstream/decisioning';
import { problemOf, RecordReader, type FollowedTable, type Kafka, type RawRecord } from '@offerstream/kafka';
import { topicsWhenKafkaAnswers, type Condition, type KafkaConfig, type TableFollower } from '@offerstream/service-kit';
import { ItemRecords, type RecordPlace } from './item-records.js';
import type { VectorOrigins } from './vectors/vector-kind.js';

const TOPICS: readonly TopicName[] = ['catalog', 'models', 'pictures', 'item-vectors'];

export interface TableListeners {
  readonly onItem: (tenant: TenantId, item: ItemId) => void;
  readonly onPicture: (tenant: TenantId, item: ItemId) => void;
  readonly onVectors: (tenant: TenantId, item: ItemId) => void;
  readonly onModel: () => void;
}

/** What there is to look at, what was made of it, and which models serve; followed for as long as the process lives. */
export class TrainerTables {
  readonly catalog: Catalog<DescribedItem>;
  readonly models = new PromotedModels();
  /** What is noted of a picture is its SHA-256. */
  readonly pictures: ItemRecords<string>;
  readonly vectors: ItemRecords<VectorOrigins>;
  private readonly readers: RecordReader[] = [];
  private followed: readonly FollowedTable[] = [];
  private followedVectors: FollowedTable | undefined;
  private caughtUp = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly config: KafkaConfig,
    private readonly listeners: TableListeners,
  ) {
    this.catalog = new Catalog(keepDescribed(), listeners.onItem);
    const readFrom = (topic: TopicName) => {
      const reader = new RecordReader(kafka, topicOnBroker(topic, config.naming));
      this.readers.push(reader);
      return ({ partition, offset }: RecordPlace) => reader.read(partition, offset);
    };
    this.pictures = new ItemRecords({
      noteOf: (_value, record) => sha256Of(record),
      read: readFrom('pictures'),
      onChanged: listeners.onPicture,
    });
    this.vectors = new ItemRecords({
      noteOf: originsOf,
      read: readFrom('item-vectors'),
      onChanged: listeners.onVectors,
    });
  }

  /** While one of them can't be followed there is nothing to do: all that is made is made of what comes, and told on a topic. */
  readonly condition = (): Condition => {
    if (!this.caughtUp) return { ok: false, reason: `${TOPICS.join(', ')} are being read` };
    const problem = problemOf(this.followed);
    return { ok: problem === undefined, reason: problem?.message ?? 'followed' };
  };

  /**
   * Makes the topics where they are missing and follows the tables; resolves when they are known. Waits for Kafka without end.
   *
   * @throws the signal's reason when it aborts
   */
  async follow(follower: Pick<TableFollower, 'follow'>, logger: LoggerService, stopping: AbortSignal): Promise<void> {
    await topicsWhenKafkaAnswers(this.kafka, TOPICS, this.config, logger, stopping);
    stopping.throwIfAborted();
    const { catalog, models, pictures, vectors, listeners } = this;
    this.followedVectors = follower.follow('item-vectors', (key, value, record) => vectors.put(key, value, record));
    this.followed = [
      this.followedVectors,
      follower.follow('catalog', (key, value) => {
        const parts = splitKey(key);
        if (parts === undefined) return 'its key is not one of this topic';
        catalog.put(parts.tenant, parts.rest as ItemId, value);
        return undefined;
      }),
      follower.follow('pictures', (key, value, record) => pictures.put(key, value, record)),
      follower.follow('models', (key, value) => {
        const problem = models.put(key, value);
        listeners.onModel();
        return problem;
      }),
    ];
    await Promise.all(this.followed.map((table) => table.caughtUp));
    this.caughtUp = true;
  }

  /** Resolves when it is known what vectors there are by now. */
  async untilVectorsAreKnown(): Promise<void> {
    await this.followedVectors?.catchUp();
  }

  async close(): Promise<void> {
    await Promise.all([...this.followed, ...this.readers].map((each) => each.close()));
  }
}

const sha256Of = ({ headers }: RawRecord): string =>
  pictureHeadersSchema.parse(Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])))
    .sha256;

const originsOf = (value: Buffer): VectorOrigins => {
  const { text, image } = itemVectorsSchema.parse(JSON.parse(value.toString()));
  return { ...(text && { text: originOf(text) }), ...(image && { image: originOf(image) }) };
};

const originOf = ({ model, version, source }: NonNullable<VectorOrigins['text']>) => ({
  model,
  version,
  ...(source !== undefined && { source }),
});
