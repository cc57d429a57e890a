import { createHash } from 'node:crypto';
import {
  itemKey,
  itemVectorsSchema,
  pictureHeaders,
  STATE_HEADERS,
  topicOnBroker,
  vectorOfText,
  type ItemId,
  type TenantId,
} from '@offerstream/contracts';
import { BatchingProducer, createKafka, deleteTopics, ensureTopics, readAll, type Kafka } from '@offerstream/kafka';
import { storeVersion } from '@offerstream/learning';
import { Graph, op } from '@offerstream/onnx';
import { kafkaBrokers, pngPhoto, tempFolder, uniqueTopicNaming } from '@offerstream/testing';
import { IMAGE_MODEL, imageModelFiles } from '@offerstream/vision';
import { makeVectors, type MadeVectors } from './make-vectors.js';
import { openPictureEncoder } from './picture-encoder.js';

const SHOP = 'shop' as TenantId;
const SIDE = 4;
const RED = [200, 0, 0] as const;
const BLUE = [0, 0, 200] as const;

let kafka: Kafka;
let producer: BatchingProducer;
let topics: { pictures: string; vectors: string };
let repository: string;
beforeEach(async () => {
  kafka = createKafka({ brokers: await kafkaBrokers(), clientId: 'vectors-spec', naming: uniqueTopicNaming() });
  const { naming } = kafka.connection;
  topics = { pictures: topicOnBroker('pictures', naming), vectors: topicOnBroker('item-vectors', naming) };
  await ensureTopics(kafka, ['pictures', 'item-vectors'], { onWarning: () => undefined });
  producer = new BatchingProducer(kafka);
  await producer.connect();
  repository = await tempFolder();
  await storeColours('shop.vision');
});
afterEach(async () => {
  await producer.disconnect();
  await deleteTopics(kafka, Object.values(topics));
});

/** Stores a model for which a photo is its mean colour. */
const storeColours = (name: string) => {
  const graph = new Graph('colours');
  const pixels = graph.input(IMAGE_MODEL.pixels, 'uint8', ['B', SIDE, SIDE, 3]);
  const mean = op.reduceMean(op.reshape(op.cast(pixels, 'float32'), ['B', SIDE * SIDE, 3]), [1], { keepDims: false });
  const length = op.sqrt(op.reduceSum(op.mul(mean, mean), [1], { keepDims: true }));
  graph.output(IMAGE_MODEL.embedding, op.div(mean, length));
  const input = { kind: 'pixels', width: SIDE, height: SIDE, resize: 'fill' } as const;
  return storeVersion(repository, name, imageModelFiles({ input, embedding: { dimensions: 3 } }, graph.model()));
};

const put = (item: string, value: Buffer | null, tenant = SHOP): Promise<void> => {
  const sha256 = createHash('sha256')
    .update(value ?? '')
    .digest('hex');
  const key = itemKey(tenant, item as ItemId);
  return producer.append({ topic: topics.pictures, key, value, headers: pictureHeaders(sha256) });
};
const photo = ([...colour]: readonly number[]): Buffer => pngPhoto(8, 8, () => colour as [number, number, number]);

const make = async (): Promise<MadeVectors> => {
  const encoder = await openPictureEncoder(repository, SHOP);
  try {
    return await makeVectors({
      kafka,
      topics,
      tenant: SHOP,
      encoder,
      send: (record) => producer.append({ topic: topics.vectors, ...record }),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
  } finally {
    await encoder.close();
  }
};

/** By item, what the topic says now; null for what it says is gone. */
const vectors = async () =>
  new Map(
    (await readAll(kafka, topics.vectors)).map(({ key, value }) => [
      key?.toString(),
      value === null ? null : itemVectorsSchema.parse(JSON.parse(value.toString())),
    ]),
  );

it('pictures have vectors, which are made once, and go when the picture goes', async () => {
  await put('mug', photo(BLUE));
  await put('mug', photo(RED));
  await put('lamp', photo(BLUE));
  await put('lamp', photo(BLUE), 'other' as TenantId);
  await put('broken', Buffer.from('no photo'));
  const first = await make();
  expect(first).toMatchObject({ same: 0, removed: 0, refused: [{ item: 'broken' }] });
  const made = await vectors();
  expect([...made.keys()].sort()).toEqual(['shop:lamp', 'shop:mug']);
  const { image } = made.get('shop:mug') ?? {};
  expect(image).toMatchObject({ model: 'shop.vision', version: '1' });
  expect(Array.from(vectorOfText(image?.vector ?? '') ?? [], Math.round)).toEqual([1, 0, 0]);

  expect(await make()).toMatchObject({ made: 0, same: 2, removed: 0 });

  await put('lamp', null);
  await put('mug', photo(BLUE));
  expect(await make()).toMatchObject({ made: 1, removed: 1 });
  const changed = await vectors();
  expect(changed.get('shop:lamp')).toBeNull();
  expect(Array.from(vectorOfText(changed.get('shop:mug')?.image?.vector ?? '') ?? [], Math.round)).toEqual([0, 0, 1]);
});

it('what was replaced or has gone is not looked at, however far back it lies', async () => {
  // Of more bytes than come in one read: green is noise, which does not compress.
  const large = ([red, , blue]: readonly [number, number, number]): Buffer =>
    pngPhoto(900, 900, (x, y) => {
      const noise = Math.sin(x * 12.9898 + y * 78.233) * 43_758.5453;
      return [red, Math.floor(97 * (noise - Math.floor(noise))), blue];
    });
  await put('mug', large(RED));
  await put('lamp', large(RED));
  await put('mug', large(BLUE));
  await put('lamp', null);
  expect(large(RED).length).toBeGreaterThan(512 * 1024);
  expect(await make()).toMatchObject({ made: 1, removed: 0 });
  expect([...(await vectors()).keys()]).toEqual(['shop:mug']);
  expect(await make()).toMatchObject({ made: 0, same: 1 });
});

it('another version makes them all again, and what is known of the words stays', async () => {
  const text = { model: 'shop.encoder', version: '1', vector: 'AACAPw==' };
  const value = Buffer.from(JSON.stringify({ id: 'mug', text }));
  await producer.append({ topic: topics.vectors, key: 'shop:mug', value, headers: STATE_HEADERS });
  await put('mug', photo(RED));
  await make();
  await storeColours('shop.vision');
  expect(await make()).toMatchObject({ made: 1, same: 0 });
  expect((await vectors()).get('shop:mug')).toMatchObject({ text, image: { version: '2' } });
  await put('mug', null);
  await make();
  expect((await vectors()).get('shop:mug')).toEqual({ id: 'mug', text });
});

it('without an image model it says how to come by one', async () => {
  await expect(openPictureEncoder(repository, 'bare' as TenantId)).rejects.toMatchObject({
    code: 'no-image-model',
    message: expect.stringContaining('npm run models -- add efficientnet-lite0') as string,
  });
});
