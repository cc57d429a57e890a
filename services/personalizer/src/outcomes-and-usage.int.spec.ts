import { ConsoleLogger } from '@nestjs/common';
import {
  clickstreamHeaders,
  itemKey,
  outcomeSchema,
  subjectKey,
  topicOnBroker,
  TOPIC_NAMES,
  trendSchema,
  usageSchema,
  type SubjectId,
  type TopicName,
} from '@offerstream/contracts';
import { BatchingProducer, createKafka, ensureTopics, groupLag, readAll } from '@offerstream/kafka';
import { FaultPoints, Health, type ServiceApplication } from '@offerstream/service-kit';
import { kafkaBrokers, startOwnValkey, tempFolder, uniqueTopicNaming } from '@offerstream/testing';
import { Registry } from 'prom-client';
import { readConfig } from './config.js';
import { personalizerService } from './personalizer-service.js';
import { call, DEMO, item, MODEL, tenant } from './shop.fixture.js';

const OFFER = 'ab'.repeat(16);
const ANNA = 'anna' as SubjectId;

/** Topics of its own on a real Kafka; inference is away, which neither outcomes nor usage need. */
const setUp = async (profiles: Readonly<Record<string, string>>) => {
  const naming = uniqueTopicNaming();
  const brokers = await kafkaBrokers();
  const kafka = createKafka({ brokers, clientId: 'personalizer-spec', naming });
  await ensureTopics(kafka, TOPIC_NAMES, { replicationFactor: 1 });
  const producer = new BatchingProducer(kafka);
  const topic = (name: TopicName): string => topicOnBroker(name, naming);
  const put = (name: TopicName, key: string, value: object): Promise<void> =>
    producer.append({ topic: topic(name), key, value: JSON.stringify(value) });
  await put('tenants', DEMO, tenant());
  for (const id of ['shoe', 'sock']) await put('catalog', itemKey(DEMO, item(id)), { id });
  const model = { tenant: DEMO, name: MODEL, version: '3', family: 'f', popular: ['shoe'] };
  await put('models', `${DEMO}:${MODEL}`, { ...model, promotedAt: '2026-11-24T10:00:00Z' });

  const running: ServiceApplication[] = [];
  const records = async (name: TopicName): Promise<unknown[]> =>
    (await readAll(kafka, topic(name))).map(({ value }) => JSON.parse(String(value)) as unknown);

  return {
    start: async (env: Readonly<Record<string, string>>): Promise<void> => {
      const application = await personalizerService.create(
        readConfig({
          ADMIN_PORT: '0',
          KAFKA_BROKERS: brokers.join(','),
          TOPIC_PREFIX: naming.prefix,
          TOPIC_SUFFIX: naming.suffix,
          INFERENCE_ADDRESS: '127.0.0.1:1',
          ...profiles,
          ...env,
        }),
        {
          logger: new ConsoleLogger({ logLevels: ['fatal', 'error'] }),
          metrics: new Registry(),
          health: new Health(),
          faults: new FaultPoints(''),
          stopping: new AbortController().signal,
        },
      );
      running.push(application);
      await application.listen();
    },
    stop: async (): Promise<void> => {
      for (const application of running.splice(0)) await application.close();
    },
    close: () => producer.disconnect(),
    write: (messageId: string, event: string, properties: object): Promise<void> =>
      producer.append({
        topic: topic('clickstream'),
        key: subjectKey(DEMO, ANNA),
        value: JSON.stringify(call({ messageId, event, properties, timestamp: undefined })),
        headers: clickstreamHeaders({ tenant: DEMO, subject: ANNA, messageId, timeMs: Date.now() }),
      }),
    untilCommitted: async (group: string): Promise<void> => {
      const isDone = async () =>
        [...(await groupLag(kafka, group, topic('clickstream'))).values()].every(({ lag }) => lag === 0);
      while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    outcomes: async () => (await records('outcomes')).map((each) => outcomeSchema.parse(each)),
    trends: async () => (await records('trends')).map((each) => trendSchema.parse(each)),
    /** How many events all runs together have counted: the greatest count of each holds. */
    countedEvents: async (): Promise<number> => {
      const greatest = new Map<string, number>();
      for (const { epoch, window, counts } of (await records('usage')).map((each) => usageSchema.parse(each)))
        greatest.set(`${epoch} ${window}`, Math.max(greatest.get(`${epoch} ${window}`) ?? 0, counts['events'] ?? 0));
      return [...greatest.values()].reduce((sum, count) => sum + count, 0);
    },
  };
};

const inFolder = async () => ({ env: { PROFILES_DIR: await tempFolder() }, stop: () => Promise.resolve() });
const onValkey = async () => {
  const valkey = await startOwnValkey();
  return { env: { PROFILES_URL: valkey.url }, stop: () => valkey.stop() };
};

describe.each([
  ['a folder', inFolder],
  ['Valkey', onValkey],
])('outcomes and usage, with profiles in %s,', (_, place) => {
  let shop: Awaited<ReturnType<typeof setUp>>;
  let profiles: Awaited<ReturnType<typeof place>>;
  beforeAll(async () => {
    profiles = await place();
    shop = await setUp(profiles.env);
  });
  afterAll(async () => {
    await shop.stop();
    await shop.close();
    await profiles.stop();
  });
  const idsAndTypes = async () => (await shop.outcomes()).map(({ id, type }) => `${id} ${type}`);

  it('of events as they come: an outcome and a unit each, none for a retry', async () => {
    await shop.write('m-1', 'Product Viewed', { product_id: 'sock' });
    await shop.write('m-2', 'Product Clicked', { product_id: 'shoe', offer_id: OFFER });
    await shop.write('m-2', 'Product Clicked', { product_id: 'shoe', offer_id: OFFER });
    await shop.write('m-3', 'Order Completed', { order_id: 'o-1', products: [{ product_id: 'shoe', price: 10 }] });
    await shop.start({ GROUP_ID: 'first' });
    await shop.untilCommitted('first');
    expect(await idsAndTypes()).toEqual(['m-2 click', 'm-3 purchase']);
    await shop.stop();
    expect(await shop.countedEvents()).toBe(3);
  });

  it('of events that come again, as after a crash: the same outcomes, and no unit', async () => {
    await shop.start({ GROUP_ID: 'second' });
    await shop.untilCommitted('second');
    await shop.stop();
    const outcomes = await shop.outcomes();
    // Also the retry's: behind the position nobody knows any more what it was, and whoever drops repeats by id drops it too.
    expect(outcomes.map(({ id }) => id)).toEqual(['m-2', 'm-3', 'm-2', 'm-2', 'm-3']);
    expect([outcomes[2], outcomes[4]]).toEqual(outcomes.slice(0, 2));
    expect(await shop.countedEvents()).toBe(3);
  });

  it('of events that a rebuild folds again: nothing; of the next one what there is', async () => {
    const before = await idsAndTypes();
    await shop.start({ GROUP_ID: 'second', REBUILD: 'once' });
    await shop.write('m-4', 'Product Added', { product_id: 'sock', offer_id: OFFER });
    await shop.untilCommitted('second');
    expect(await idsAndTypes()).toEqual([...before, 'm-4 cart']);
    let trends = await shop.trends();
    while (trends.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      trends = await shop.trends();
    }
    await shop.stop();
    expect(await shop.countedEvents()).toBe(4);
    const [{ tenant: trendOf, items } = { tenant: '', items: [] }] = trends;
    expect([trendOf, items.map((each) => each.item)]).toEqual([DEMO, ['sock']]);
  });

  it('of events that were saved and, as after a kill, not committed: a rebuild says again what they say, and counts none', async () => {
    const before = await idsAndTypes();
    await shop.start({ GROUP_ID: 'third', REBUILD: 'again' });
    await shop.untilCommitted('third');
    await shop.stop();
    expect(await idsAndTypes()).toEqual([...before, 'm-4 cart']);
    expect(await shop.countedEvents()).toBe(4);
  });
});
