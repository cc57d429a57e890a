import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConsoleLogger } from '@nestjs/common';
import {
  itemHash,
  itemKey,
  subjectKey,
  topicOnBroker,
  TOPIC_NAMES,
  usageSchema,
  type ApiKey,
  type ItemId,
  type Offer,
  type PromotedModel,
  type SubjectId,
  type Tenant,
  type TenantId,
  type TopicName,
} from '@offerstream/contracts';
import { encodePublication, type OfferTerms } from '@offerstream/decisioning';
import { BatchingProducer, createKafka, ensureTopics, readAll, type RawRecord } from '@offerstream/kafka';
import { Profile, type Interaction } from '@offerstream/profile';
import { openProfileStore, type ProfileLocation } from '@offerstream/profile-store';
import { FaultPoints, Health } from '@offerstream/service-kit';
import { apiKeyId, hashApiKey, makeApiKey, SCOPES_OF_KEY_KIND, type KeyKind } from '@offerstream/tenancy';
import { tempFolder, uniqueTopicNaming } from '@offerstream/testing';
import { Registry } from 'prom-client';
import { readConfig } from './config.js';
import { createGateway } from './gateway-service.js';
import { HOME, MODEL } from './shop.fixture.js';

interface Secret {
  readonly secret: string;
}

/** A key of a shop, and what the shop's record says of it. */
export interface ShopKey extends Secret {
  readonly record: ApiKey;
}

export const newKey = (over: Partial<ApiKey> = {}): ShopKey => {
  const kind: KeyKind = over.kind ?? 'sk';
  const secret = makeApiKey({ kind, mode: 'live' }, randomBytes(32));
  const hash = hashApiKey(secret);
  return {
    secret,
    record: { id: apiKeyId(hash), hash, kind, scopes: [...SCOPES_OF_KEY_KIND[kind]], expiresAt: null, ...over },
  };
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty where the answer is no JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

interface StoredOfShopper {
  readonly history?: readonly Interaction[];
  readonly offers?: readonly Offer[];
  /** False for offers stored before they had terms. */
  readonly haveTerms?: boolean;
}

const termsOf = ({ tenant, validUntil, items }: Offer): OfferTerms => ({
  validUntilMs: Date.parse(validUntil),
  items: items.map(({ item }) => itemHash(tenant, item)),
});

/** A gateway on a real Kafka, topics and a profile store of its own, with what a spec needs around it. */
export const startGateway = async (brokers: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { TOPIC_PREFIX: prefix, TOPIC_SUFFIX: suffix } = env;
  const naming = prefix === undefined || suffix === undefined ? uniqueTopicNaming() : { prefix, suffix };
  const folder = await tempFolder();
  const kafka = createKafka({ brokers, clientId: 'gateway-spec', naming });
  await ensureTopics(kafka, TOPIC_NAMES, { replicationFactor: 1 });
  const producer = new BatchingProducer(kafka);
  const profiles: ProfileLocation =
    env['PROFILES_URL'] === undefined ? { folder: join(folder, 'profiles') } : { url: env['PROFILES_URL'] };
  const store = openProfileStore(profiles);
  const health = new Health();
  const metrics = new Registry();
  const stopping = new AbortController();
  const gateway = await createGateway(
    readConfig({
      ADMIN_PORT: '0',
      HTTP_PORT: '0',
      KAFKA_BROKERS: brokers.join(','),
      TOPIC_PREFIX: naming.prefix,
      TOPIC_SUFFIX: naming.suffix,
      ...('folder' in profiles ? { PROFILES_DIR: profiles.folder } : {}),
      INFERENCE_ADDRESS: '127.0.0.1:1',
      // On a busy machine inference may be slow; only tests of degradation want that to be seen.
      INFERENCE_DEADLINE_MS: '10000',
      // What is charged is asked for again and again, at each flush once.
      USAGE_FLUSH_MS: '100',
      ...env,
    }),
    {
      logger: new ConsoleLogger({ logLevels: ['fatal', 'error'] }),
      metrics,
      health,
      faults: new FaultPoints(''),
      stopping: stopping.signal,
    },
  );
  await gateway.listen();
  const url = await gateway.url();

  const putBytes = (topic: TopicName, key: string, value: Uint8Array): Promise<void> =>
    producer.append({ topic: topicOnBroker(topic, naming), key, value: Buffer.from(value) });

  const put = (topic: TopicName, key: string, value: unknown): Promise<void> =>
    producer.append({
      topic: topicOnBroker(topic, naming),
      key,
      value: value === null ? null : JSON.stringify(value),
    });

  const call = async (
    method: string,
    path: string,
    { key, body, headers = {} }: { key?: Secret; body?: unknown; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key.secret}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? (JSON.parse(text) as Answer['body']) : {},
    };
  };

  const records = (topic: TopicName): Promise<readonly RawRecord[]> => readAll(kafka, topicOnBroker(topic, naming));

  /** What the topic says that a tenant has been charged, by meter: of each hour the newest that is told of it. */
  const told = async (tenant: TenantId): Promise<Readonly<Record<string, number>>> => {
    const hours = new Map((await records('usage')).map(({ key, value }) => [String(key), String(value)]));
    const sums: Record<string, number> = {};
    for (const value of hours.values()) {
      const usage = usageSchema.parse(JSON.parse(value));
      if (usage.tenant !== tenant) continue;
      for (const [meter, units] of Object.entries(usage.counts)) sums[meter] = (sums[meter] ?? 0) + units;
    }
    return sums;
  };
  const marks = new Map<TenantId, number>();

  return {
    url,
    naming,
    profiles: join(folder, 'profiles'),
    health,
    metrics,
    setTenant: (id: TenantId, keys: readonly ShopKey[], over: Partial<Tenant> = {}) =>
      put('tenants', id, {
        id,
        keys: keys.map(({ record }) => record),
        placements: [HOME],
        consent: 'assumed',
        ...over,
      }),
    /** @param item null deletes it */
    putItem: (tenant: TenantId, id: string, item: object | null = {}) =>
      put('catalog', itemKey(tenant, id as ItemId), item === null ? null : { id, ...item }),
    promote: (tenant: TenantId, over: Partial<PromotedModel> = {}) => {
      const model = {
        tenant,
        name: MODEL,
        version: '1',
        family: 'behaviour',
        popular: [],
        promotedAt: new Date().toISOString(),
        ...over,
      };
      return put('models', `${tenant}:${model.name}`, model);
    },
    put,
    putBytes,
    /** Saves what a personalizer would: the shopper's history and newest offers. */
    async saveShopper(
      tenant: TenantId,
      subject: SubjectId,
      { history = [], offers = [], haveTerms = true }: StoredOfShopper,
    ): Promise<void> {
      const key = subjectKey(tenant, subject);
      const [stored] = await store.profiles([key]);
      const profile = stored ?? Profile.empty();
      for (const interaction of history) profile.add(interaction);
      profile.raiseVersion();
      const publication = encodePublication(
        offers.map((offer) => ({
          topic: 'offers',
          id: offer.id,
          timeMs: Date.parse(offer.cause.eventTime),
          value: Buffer.from(JSON.stringify(offer)),
          ...(haveTerms ? { terms: termsOf(offer) } : {}),
        })),
      );
      await store.save({ changes: [{ key, profile, publication }], positions: new Map() });
    },
    call,
    records,
    /**
     * What a tenant has been charged by now, by meter. A request for what is trending comes behind all that was charged before, and all of
     * that is told once it is: so only this may be charged as `recommendations`.
     */
    async charged(tenant: TenantId, key: Secret): Promise<Readonly<Record<string, number>>> {
      const mark = (marks.get(tenant) ?? 0) + 1;
      marks.set(tenant, mark);
      await call('GET', '/v1/trending', { key });
      let counts: Readonly<Record<string, number>> = {};
      await until(async () => ((counts = await told(tenant))['recommendations'] ?? 0) >= mark);
      return counts;
    },
    async stop(): Promise<void> {
      stopping.abort(new Error('the test is over'));
      await gateway.close();
      await producer.disconnect();
      await store.close();
    },
  };
};

export type RunningGateway = Awaited<ReturnType<typeof startGateway>>;

/** Asks until it is so; the test's own time limit ends it. */
export const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
};
