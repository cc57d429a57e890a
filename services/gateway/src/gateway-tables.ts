import type { LoggerService } from '@nestjs/common';
import type { ItemId, TenantId, TopicName } from '@offerstream/contracts';
import { Catalog, keepDescribed, PromotedModels, type DescribedItem, type Shop } from '@offerstream/decisioning';
import { problemOf, type FollowedTable, type Kafka } from '@offerstream/kafka';
import { followTables } from '@offerstream/ranking';
import { topicsWhenKafkaAnswers, type Condition, type KafkaConfig, type TableFollower } from '@offerstream/service-kit';
import { TenantTable } from '@offerstream/tenancy';
import { TrendTable } from './lists/trend-table.js';
import { SearchesTable } from './search/searches-table.js';

const TOPICS: readonly TopicName[] = [
  'tenants',
  'catalog',
  'models',
  'trends',
  'searches',
  'pictures',
  'item-vectors',
  'outcomes',
  'usage',
];

export interface FollowOptions {
  readonly follower: Pick<TableFollower, 'follow'>;
  readonly stopping: AbortSignal;
  /** Is done with the tables as they are at the start, before they count as known. */
  readonly prepare: () => Promise<void>;
}

/** What the back office, the trainer and the personalizers say, followed for as long as the process lives. */
export class GatewayTables {
  readonly tenants = new TenantTable();
  readonly catalog: Catalog<DescribedItem>;
  readonly models = new PromotedModels();
  readonly trends = new TrendTable();
  readonly searches = new SearchesTable();
  private followed: readonly FollowedTable[] = [];
  private caughtUp = false;

  /** @param onItem called when an item has come, changed or gone */
  constructor(onItem?: (tenant: TenantId, item: ItemId) => void) {
    this.catalog = new Catalog(keepDescribed(), onItem);
  }

  /** Whether all is known that was there at the start; before, nothing can be called unknown. */
  get areKnown(): boolean {
    return this.caughtUp;
  }

  /**
   * Once the tables are known they are good enough to serve from, however long Kafka is away: it is away for all gateways, and without any of
   * them there would be no offers at all. What they may lack meanwhile is told all the same.
   */
  readonly condition = (): Condition => {
    if (!this.caughtUp) return { ok: false, reason: 'tenants, catalog, models, trends and searches are being read' };
    const problem = problemOf(this.followed);
    return { ok: true, reason: problem === undefined ? 'followed' : `known, and not followed: ${problem.message}` };
  };

  /**
   * Makes the topics where they are missing and follows the tables; resolves when they are known. Waits for Kafka without end.
   */
  async follow(
    kafka: Kafka,
    config: KafkaConfig,
    logger: LoggerService,
    { follower, stopping, prepare }: FollowOptions,
  ): Promise<void> {
    await topicsWhenKafkaAnswers(kafka, TOPICS, config, logger, stopping);
    const { tenants, catalog, models, trends, searches } = this;
    this.followed = [
      ...Object.values(followTables(follower, { tenants, catalog, models })),
      follower.follow('trends', (key, value) => trends.put(key, value)),
      follower.follow('searches', (key, value) => searches.put(key, value)),
    ];
    await Promise.all(this.followed.map((table) => table.caughtUp));
    await prepare();
    this.caughtUp = true;
  }

  shop(tenant: TenantId): Shop<DescribedItem> {
    return this.catalog.shop(tenant);
  }

  async close(): Promise<void> {
    await Promise.all(this.followed.map((table) => table.close()));
  }
}
