import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  catalogItemSchema,
  itemHash,
  itemKey,
  STATE_HEADERS,
  TOPIC_NAMES,
  topicOnBroker,
  UNLIMITED,
  type ItemId,
  type PlacementId,
  type PromotedModel,
  type Tenant,
  type TenantId,
  type TopicName,
  type TopicNaming,
} from '@offerstream/contracts';
import { freePort, waitUntil } from '@offerstream/infra';
import { BatchingProducer, createKafka, ensureTopics, groupLag, type Kafka } from '@offerstream/kafka';
import { collaborativeGraph } from '@offerstream/learning';
import { uniqueTopicNaming } from '@offerstream/testing';
import { ServiceProcess, type ServiceName } from './service-process.js';

export const TENANT = 'e2e' as TenantId;
export const WRITE_KEY = 'e2e-write-key';
export const MODEL = `${TENANT}.collaborative`;
export const ITEMS = 300;
const DIMENSIONS = 8;
const GROUP = 'offerstream-personalizer';

export const itemId = (index: number): ItemId => `item-${index}` as ItemId;

/** Factors of version `version`: every version ranks in another order, and only the shop's own items above nothing. */
const factorsOf = (version: string, items: number): Float32Array =>
  Float32Array.from({ length: items * DIMENSIONS }, (_, index) =>
    index < ITEMS * DIMENSIONS ? Math.sin((index + 1) * (Number(version) + 0.37)) : 0,
  );

/** A whole line of real processes on topics and folders of its own. */
export class Line {
  private readonly processes: ServiceProcess[] = [];
  private inferencePort = 0;

  private constructor(
    readonly folder: string,
    readonly brokers: string,
    readonly naming: TopicNaming,
    readonly kafka: Kafka,
    readonly producer: BatchingProducer,
  ) {}

  static async prepare(brokers: readonly string[]): Promise<Line> {
    const naming = uniqueTopicNaming();
    const folder = await mkdtemp(join(tmpdir(), 'offerstream-e2e-'));
    const kafka = createKafka({ brokers, clientId: 'e2e', naming });
    await ensureTopics(kafka, TOPIC_NAMES, { replicationFactor: 1 });
    const producer = new BatchingProducer(kafka, { deliveryTimeoutMs: Infinity });
    const line = new Line(folder, brokers.join(','), naming, kafka, producer);
    await line.writeModel('1');
    await line.publishShop();
    return line;
  }

  /** The personalizers' consumer group. */
  get group(): string {
    return `${this.naming.prefix}${GROUP}`;
  }

  get inferenceAddress(): string {
    return `127.0.0.1:${this.inferencePort}`;
  }

  topic(name: TopicName): string {
    return topicOnBroker(name, this.naming);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /**
   * A version appears in the repository complete, as training leaves it there.
   *
   * @param items how many it knows; more than the shop has make it slower to load
   */
  async writeModel(version: string, name = MODEL, items = ITEMS): Promise<void> {
    const graph = collaborativeGraph(
      { hashes: BigInt64Array.from({ length: items }, (_, index) => itemHash(TENANT, itemId(index))) },
      {
        factors: factorsOf(version, items),
        dimensions: DIMENSIONS,
        regularization: 1,
        confidence: { actions: { 1: 1, 2: 1, 3: 2, 4: 3, 5: 5, 6: 0 }, halfLifeSeconds: 3_600 },
      },
    );
    const model = this.path(`models/${name}`);
    const unfinished = join(model, `.unfinished-${version}`);
    await mkdir(unfinished, { recursive: true });
    await graph.writeTo(join(unfinished, 'model.onnx'));
    await rename(unfinished, join(model, version));
  }

  async promote(version: string, over: Partial<Pick<PromotedModel, 'name' | 'popular'>> = {}): Promise<void> {
    const value = {
      tenant: TENANT,
      name: MODEL,
      version,
      family: 'collaborative',
      popular: Array.from({ length: 30 }, (_, index) => itemId(ITEMS - 1 - index)),
      promotedAt: new Date().toISOString(),
      ...over,
    };
    await this.producer.append({
      topic: this.topic('models'),
      key: `${TENANT}:${value.name}`,
      value: JSON.stringify(value),
      headers: STATE_HEADERS,
    });
  }

  async publishTenant(over: Partial<Tenant> = {}): Promise<void> {
    const hash = createHash('sha256').update(WRITE_KEY).digest('hex');
    const tenant: Tenant = {
      id: TENANT,
      keys: [{ id: hash.slice(0, 16), hash, kind: 'wk', scopes: ['events:write'], expiresAt: null }],
      allowance: UNLIMITED,
      placements: [{ id: 'home' as PlacementId, model: MODEL, slots: 10, validitySeconds: 86_400 }],
      consent: 'assumed',
      ...over,
    };
    await this.producer.append({
      topic: this.topic('tenants'),
      key: tenant.id,
      value: JSON.stringify(tenant),
      headers: STATE_HEADERS,
    });
  }

  private async publishShop(): Promise<void> {
    await this.publishTenant();
    await this.producer.sendAll(
      Array.from({ length: ITEMS }, (_, index) => ({
        topic: this.topic('catalog'),
        key: itemKey(TENANT, itemId(index)),
        value: JSON.stringify(catalogItemSchema.parse({ id: itemId(index), title: `Product ${index}` })),
        headers: STATE_HEADERS,
      })),
    );
    await this.promote('1');
  }

  async startInference(): Promise<ServiceProcess> {
    if (this.inferencePort === 0) this.inferencePort = await freePort();
    const inference = await this.start('inference', {
      MODELS_DIR: this.path('models'),
      GRPC_PORT: String(this.inferencePort),
      PROVIDERS: 'cpu',
    });
    await inference.ready();
    return inference;
  }

  /** Starts a personalizer on the line's one profile folder; does not wait until it takes work. */
  startPersonalizer(env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
    return this.start('personalizer', {
      INFERENCE_ADDRESS: this.inferenceAddress,
      PROFILES_DIR: this.path('profiles'),
      SESSION_TIMEOUT_MS: '2000',
      // On a busy machine inference may be slow; only the tests of degradation want that to be seen.
      INFERENCE_DEADLINE_MS: '10000',
      ...env,
    });
  }

  async start(name: ServiceName, env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const started = await ServiceProcess.start(name, {
      env: {
        KAFKA_BROKERS: this.brokers,
        TOPIC_PREFIX: this.naming.prefix,
        TOPIC_SUFFIX: this.naming.suffix,
        ...(name === 'personalizer' ? { GROUP_ID: this.group } : {}),
        ...env,
      },
      logFile: this.path(`${name}.log`),
    });
    this.processes.push(started);
    return started;
  }

  /** Resolves when every record of the clickstream has been committed. */
  async untilDone(timeoutMs = 120_000): Promise<void> {
    const done = await waitUntil(
      async () => {
        const lag = await groupLag(this.kafka, this.group, this.topic('clickstream'));
        return lag.size > 0 && [...lag.values()].every((partition) => partition.lag === 0);
      },
      { timeoutMs, everyMs: 250 },
    );
    if (!done) throw new Error(`The clickstream was not processed within ${timeoutMs} ms.`);
  }

  /** Ends all processes as a power cut does. */
  async kill(): Promise<void> {
    for (const started of this.processes) started.signal('SIGKILL');
    await Promise.all(this.processes.splice(0).map(({ ended }) => ended));
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((started) => started.stop()));
    await this.producer.disconnect();
    await rm(this.folder, { recursive: true, force: true });
  }
}
