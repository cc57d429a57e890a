import { randomUUID } from 'node:crypto';
import {
  imageEncodersOf,
  itemVectorsSchema,
  splitKey,
  TOPIC_NAMES,
  type CatalogItem,
  type ItemId,
  type ItemVectors as ItemVectorsRecord,
  type Offer,
  type PlacementId,
} from '@offerstream/contracts';
import type { ControlClient } from '@offerstream/control-client';
import { createDemoShop, interactionsOf, segmentTrack, type DemoShop, type SegmentTrack } from '@offerstream/demo-shop';
import { freePort, waitUntil } from '@offerstream/infra';
import { InferenceClient } from '@offerstream/inference-client';
import { ensureTopics, readAll, tailTopic } from '@offerstream/kafka';
import { comparableVectors, modelName, storeModel, storeVersion, trainModel } from '@offerstream/learning';
import { handcraftedNetwork, imageModelFiles, jpegOf } from '@offerstream/vision';
import { startBackOffice, type BackOffice } from './back-office.js';
import { distribution } from './distribution.js';
import { HttpConnections, postRequest } from './http-connections.js';
import { machine, report } from './machine.js';
import { atPace } from './pace.js';
import { Rig } from './rig.js';
import { TENANT, WRITE_KEY } from './shop.js';

export interface NewItemSettings {
  /** How many come, one after the other. */
  readonly items: number;
  /** Events a second. */
  readonly rate: number;
}

const SEED = 1;
/** As the demo has it on a page to browse. */
const SLOTS = 50;
const CONNECTIONS = 32;
const AT_A_TIME = 8;
const VECTORS_TIMEOUT_MS = 600_000;
const SERVED_TIMEOUT_MS = 60_000;
/** Nobody whom it fits has come in this time. */
const OFFER_TIMEOUT_MS = 60_000;

/**
 * How soon something new is offered: from the back office's answer to the first offer that has it, and to the promotion of a model that knows
 * it. In between lie its vectors, its place in the model, and the next event of somebody who looks at things of its category.
 */
export const benchNewItem = async (settings: NewItemSettings): Promise<void> => {
  const rig = await Rig.start();
  try {
    const shop = createDemoShop(SEED);
    const line = await startLine(rig, shop);
    const watch = new Watch();
    const tails = [
      tailTopic(rig.kafka, rig.topic('offers'), { onRecords: (records) => watch.offers(records) }),
      tailTopic(rig.kafka, rig.topic('models'), { onRecords: () => watch.promoted() }),
    ];
    await Promise.all(tails.map(({ started }) => started));
    const load = startLoad(line.collectorPort, shop, settings.rate);
    await waitUntil(() => watch.isOffering, { timeoutMs: OFFER_TIMEOUT_MS, everyMs: 5 });
    const offeredMs: number[] = [];
    const promotedMs: number[] = [];
    for (let number = 0; number < settings.items; number++) {
      const { item, picture } = shop.newcomer(number);
      const photo = Uint8Array.from(await jpegOf(picture));
      load.want(item);
      await line.control.putItems(TENANT, [item]);
      const cameAt = performance.now();
      watch.waitFor(item.id);
      await line.control.putPicture(TENANT, item.id, photo);
      await waitUntil(() => watch.offeredAt !== undefined, { timeoutMs: OFFER_TIMEOUT_MS, everyMs: 5 });
      if (watch.promotedAt !== undefined) promotedMs.push(watch.promotedAt - cameAt);
      if (watch.offeredAt !== undefined) offeredMs.push(watch.offeredAt - cameAt);
    }
    await load.stop();
    await Promise.all(tails.map((tail) => tail.close()));
    report({
      bench: 'new-item',
      toFirstOfferMs: distribution(offeredMs),
      toFirstPromotionMs: distribution(promotedMs),
      notOffered: settings.items - offeredMs.length,
      broker: rig.brokerSource,
      settings: { ...settings, catalog: shop.catalog.length, slots: SLOTS },
      machine: machine(),
    });
  } finally {
    await rig.close();
  }
};

/** What becomes of the item that came last. */
class Watch {
  offeredAt: number | undefined;
  promotedAt: number | undefined;
  /** Whether anybody has been offered anything. */
  isOffering = false;
  private item: ItemId | undefined;

  waitFor(item: ItemId): void {
    this.item = item;
    this.offeredAt = undefined;
    this.promotedAt = undefined;
  }

  promoted(): void {
    this.promotedAt ??= performance.now();
  }

  offers(records: readonly { readonly value: Buffer | null }[]): void {
    const seenAt = performance.now();
    this.isOffering = true;
    for (const { value } of records) {
      if (value === null || this.item === undefined || this.offeredAt !== undefined) continue;
      const { items } = JSON.parse(value.toString()) as Offer;
      if (items.some(({ item }) => item === this.item)) this.offeredAt = seenAt;
    }
  }
}

/** The generated shop on a line of its own, with pictures, and a content model that serves. */
const startLine = async (rig: Rig, shop: DemoShop) => {
  await ensureTopics(rig.kafka, TOPIC_NAMES, { replicationFactor: 1 });
  await storeImageModel(rig.path('models'));
  const inferencePort = String(await freePort());
  await rig.startService('inference', { MODELS_DIR: rig.path('models'), GRPC_PORT: inferencePort });
  const backOffice = await startBackOffice(rig);
  const asking = { INFERENCE_ADDRESS: `127.0.0.1:${inferencePort}`, ...backOffice.gatewayEnvironment };
  await rig.startService('trainer', { ...asking, MODELS_DIR: rig.path('models') });
  await putShop(backOffice, shop);
  const stored = await trainContent(rig, shop);
  await untilServed(asking.INFERENCE_ADDRESS, stored);
  await backOffice.client.promoteModel({
    tenant: TENANT,
    name: stored.name,
    version: stored.version,
    family: 'content',
    popular: stored.popular,
  });
  await rig.startService('personalizer', { ...asking, PROFILES_DIR: rig.path('profiles') });
  const collectorPort = await freePort();
  await rig.startService('collector', { ...backOffice.gatewayEnvironment, HTTP_PORT: String(collectorPort) });
  return { control: backOffice.client, collectorPort };
};

/** Handcrafted features of photos, without a head. */
const storeImageModel = async (repository: string): Promise<void> => {
  const { input, graph, parts } = handcraftedNetwork();
  const dimensions = parts.reduce((sum, size) => sum + size, 0);
  const [name = ''] = imageEncodersOf(TENANT);
  await storeVersion(repository, name, imageModelFiles({ input, embedding: { dimensions } }, graph.model()));
};

const putShop = async ({ client }: BackOffice, shop: DemoShop): Promise<void> => {
  const model = modelName(TENANT, 'content');
  await client.putTenant({
    id: TENANT,
    consent: 'assumed',
    placements: [{ id: 'discover' as PlacementId, model, slots: SLOTS, validitySeconds: 86_400 }],
  });
  await client.createKey(TENANT, { purpose: 'bench', kind: 'wk', key: WRITE_KEY });
  await client.putItems(TENANT, shop.catalog);
  const waiting = shop.catalog.values();
  await Promise.all(Array.from({ length: AT_A_TIME }, () => putPictures(client, shop, waiting)));
};

const putPictures = async (
  client: ControlClient,
  shop: DemoShop,
  items: Iterable<DemoShop['catalog'][number]>,
): Promise<void> => {
  for (const { id } of items) {
    const picture = shop.picture(id);
    if (picture !== undefined) await client.putPicture(TENANT, id, Uint8Array.from(await jpegOf(picture)));
  }
};

const trainContent = async (rig: Rig, shop: DemoShop) => {
  let records: ReadonlyMap<string, ItemVectorsRecord> = new Map();
  const allLookedAt = async (): Promise<boolean> => {
    records = await readVectors(rig);
    return records.size >= shop.catalog.length;
  };
  if (!(await waitUntil(allLookedAt, { timeoutMs: VECTORS_TIMEOUT_MS, everyMs: 1_000 }))) {
    throw new Error(`${records.size} of ${shop.catalog.length} pictures had a vector after ${VECTORS_TIMEOUT_MS} ms.`);
  }
  const trained = await trainModel({
    tenant: TENANT,
    family: 'content',
    interactions: interactionsOf(shop.history(Date.now())),
    catalog: shop.catalog,
    vectors: comparableVectors(records),
    seed: SEED,
  });
  return { ...(await storeModel(rig.path('models'), trained)), popular: trained.popular.map((id) => id as ItemId) };
};

/** The records of `item-vectors` by item, of those that have a vector of their picture. */
const readVectors = async (rig: Rig): Promise<ReadonlyMap<string, ItemVectorsRecord>> =>
  new Map(
    (await readAll(rig.kafka, rig.topic('item-vectors'))).flatMap(({ key, value }) => {
      const item = splitKey(String(key))?.rest;
      const made = value === null ? undefined : itemVectorsSchema.parse(JSON.parse(value.toString()));
      return item === undefined || made?.image === undefined ? [] : [[item, made] as const];
    }),
  );

const untilServed = async (address: string, { name: model, version }: { name: string; version: string }) => {
  const inference = new InferenceClient(address);
  try {
    const isServed = () => inference.modelReady({ model, version, deadlineMs: 1_000 });
    if (!(await waitUntil(isServed, { timeoutMs: SERVED_TIMEOUT_MS, everyMs: 100 })))
      throw new Error(`${model} version ${version} was not served within ${SERVED_TIMEOUT_MS} ms.`);
  } finally {
    inference.close();
  }
};

/**
 * Shoppers' events, until it is stopped: every other one of a visit of the shop's own shoppers, and every other one by somebody who looks at
 * things of the category that is wanted, another one each time that another is.
 */
const startLoad = (port: number, shop: DemoShop, perSecond: number) => {
  let isEnough = false;
  let wanted: { readonly subject: string; readonly items: readonly CatalogItem[] } | undefined;
  let pending = 0;
  const running = (async (): Promise<void> => {
    const connections = await HttpConnections.open(port, CONNECTIONS);
    const visits = visitsOf(shop);
    const refused: string[] = [];
    let sent = 0;
    await atPace({ perSecond, seconds: Infinity, isEnough: () => isEnough }, () => {
      const place = Math.floor(++sent / 2);
      const call =
        wanted === undefined || sent % 2 === 0
          ? visits.next().value
          : viewOf(wanted.subject, wanted.items[place % wanted.items.length]?.id ?? '');
      pending++;
      connections
        .send(postRequest('/v1/track', WRITE_KEY, JSON.stringify(call)))
        .then(
          ({ status, body }) => {
            if (status !== 200) refused.push(body);
          },
          (error: unknown) => refused.push(String(error)),
        )
        .finally(() => pending--);
    });
    await waitUntil(() => pending === 0, { timeoutMs: OFFER_TIMEOUT_MS, everyMs: 5 });
    connections.close();
    if (refused.length > 0) process.stderr.write(`${refused.length} events were refused: ${refused[0] ?? ''}\n`);
  })();
  return {
    /** From here on somebody comes who looks at what is of this item's kind. */
    want: ({ id, categories }: CatalogItem): void => {
      const path = categories.join('/');
      wanted = { subject: `likes-${id}`, items: shop.catalog.filter((item) => item.categories.join('/') === path) };
    },
    stop: (): Promise<void> => {
      isEnough = true;
      return running;
    },
  };
};

const viewOf = (userId: string, product_id: string) => ({
  type: 'track',
  event: 'Product Viewed',
  userId,
  messageId: randomUUID(),
  timestamp: new Date().toISOString(),
  properties: { product_id },
});

function* visitsOf(shop: DemoShop): Generator<SegmentTrack, never> {
  const { visits } = shop.open(SEED);
  for (;;) {
    const { subject, events } = visits.next().value;
    for (const event of events) yield segmentTrack(event, { subject, messageId: randomUUID(), timeMs: Date.now() });
  }
}
