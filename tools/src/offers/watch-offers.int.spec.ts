import {
  CLICKSTREAM_PARTITIONS,
  subjectKey,
  topicOnBroker,
  type Offer,
  type SubjectId,
  type TenantId,
} from '@offerstream/contracts';
import {
  BatchingProducer,
  createKafka,
  deleteTopics,
  ensureTopics,
  homePartition,
  type Kafka,
} from '@offerstream/kafka';
import { kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import { watchOffers } from './watch-offers.js';

const TENANT = 'demo' as TenantId;

let kafka: Kafka;
let producer: BatchingProducer;
let topic: string;

beforeEach(async () => {
  kafka = createKafka({ brokers: await kafkaBrokers(), clientId: 'offers-spec', naming: uniqueTopicNaming() });
  topic = topicOnBroker('offers', kafka.connection.naming);
  await ensureTopics(kafka, ['offers'], { onWarning: () => undefined });
  producer = new BatchingProducer(kafka);
});
afterEach(async () => {
  await producer.disconnect();
  await deleteTopics(kafka, [topic]);
});

const send = (subject: string, id: number, revision: number, partition?: number): Promise<void> =>
  producer.append({
    topic,
    ...(partition === undefined ? {} : { partition }),
    key: subjectKey(TENANT, subject as SubjectId),
    value: JSON.stringify({
      id: String(id).padStart(32, '0'),
      revision,
      tenant: TENANT,
      subject,
      placement: 'home',
      items: [],
      model: null,
      cause: { messageId: `m${id}`, eventTime: '2026-01-05T10:00:00Z' },
      validUntil: '2026-01-06T10:00:00Z',
    }),
  });

it('prints the newest offer of the shopper that is there, then newer ones that come, and no repeat', async () => {
  await send('anna', 1, 10);
  await send('anna', 2, 30);
  await send('anna', 3, 20);
  await send('ben', 4, 99);
  const seen: number[] = [];
  const ending = new AbortController();
  const enough = Promise.withResolvers<undefined>();
  const arrived = Promise.withResolvers<undefined>();
  const watching = watchOffers(kafka, {
    topic,
    tenant: TENANT,
    subject: 'anna' as SubjectId,
    signal: ending.signal,
    onOffer: ({ revision }: Offer) => {
      seen.push(revision);
      arrived.resolve(undefined);
      if (revision === 50) enough.resolve(undefined);
    },
  });
  await arrived.promise;
  await send('anna', 2, 30);
  await send('anna', 5, 25);
  await send('anna', 6, 40);
  await send('anna', 7, 50);
  await enough.promise;
  ending.abort();
  await watching;
  expect(seen).toEqual([30, 40, 50]);
});

it("reads the shopper's partition only", async () => {
  const home = homePartition(subjectKey(TENANT, 'anna' as SubjectId), CLICKSTREAM_PARTITIONS);
  await send('anna', 1, 99, (home + 1) % CLICKSTREAM_PARTITIONS);
  await send('anna', 2, 10);
  const ending = new AbortController();
  const seen: number[] = [];
  await watchOffers(kafka, {
    topic,
    tenant: TENANT,
    subject: 'anna' as SubjectId,
    signal: ending.signal,
    onOffer: ({ revision }) => {
      seen.push(revision);
      ending.abort();
    },
  });
  expect(seen).toEqual([10]);
});
