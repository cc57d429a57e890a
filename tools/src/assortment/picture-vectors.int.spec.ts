import { itemKey, topicOnBroker, type ItemId, type TenantId } from '@offerstream/contracts';
import { BatchingProducer, createKafka, deleteTopics, ensureTopics, type Kafka } from '@offerstream/kafka';
import { kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import { pictureVectors } from './picture-vectors.js';

const SHOP = 'shop' as TenantId;
const TEXT = { model: 'shop.encoder', version: '1', vector: 'AACAPw==' };
const IMAGE = { model: 'shop.vision', version: '2', vector: 'AACAPw==' };

let kafka: Kafka;
let producer: BatchingProducer;
let topic: string;
beforeEach(async () => {
  kafka = createKafka({ brokers: await kafkaBrokers(), clientId: 'assortment-spec', naming: uniqueTopicNaming() });
  topic = topicOnBroker('item-vectors', kafka.connection.naming);
  await ensureTopics(kafka, ['item-vectors'], { onWarning: () => undefined });
  producer = new BatchingProducer(kafka);
  await producer.connect();
});
afterEach(async () => {
  await producer.disconnect();
  await deleteTopics(kafka, [topic]);
});

const put = (item: string, vectors: object | null, tenant = SHOP): Promise<void> =>
  producer.append({
    topic,
    key: itemKey(tenant, item as ItemId),
    value: vectors === null ? null : JSON.stringify({ id: item, ...vectors }),
  });

it('waits until all pictures of the shop have a vector, and tells by whom', async () => {
  await put('mug', { image: IMAGE });
  await put('gone', { image: IMAGE });
  await put('gone', null);
  await put('lamp', { text: TEXT });
  await put('lamp', { image: IMAGE }, 'other' as TenantId);
  const { signal } = new AbortController();
  let isDone = false;
  const vectors = pictureVectors({ kafka, topic, tenant: SHOP, items: 2, signal }).finally(() => (isDone = true));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(isDone).toBe(false);

  await put('lamp', { text: TEXT, image: IMAGE });
  const { byItem, encoders } = await vectors;
  expect([...byItem.keys()].sort()).toEqual(['lamp', 'mug']);
  expect(encoders).toEqual({
    text: { model: 'shop.encoder', version: '1' },
    image: { model: 'shop.vision', version: '2' },
  });
});

it('ends when it is told to', async () => {
  const stopping = new AbortController();
  const vectors = pictureVectors({ kafka, topic, tenant: SHOP, items: 1, signal: stopping.signal });
  stopping.abort(new Error('enough'));
  await expect(vectors).rejects.toThrow('enough');
});
