import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  catalogItemSchema,
  explanationModel,
  itemHash,
  itemKey,
  UNLIMITED,
  type ApiKey,
  type ItemId,
  type PlacementId,
  type PromotedModel,
  type SubjectId,
  type Tenant,
  type TenantId,
} from '@offerstream/contracts';
import type { Promotion } from '@offerstream/control-client';
import { BatchingProducer } from '@offerstream/kafka';
import { collaborativeExplanation, collaborativeGraph, type FactorModel } from '@offerstream/learning';
import type { OnnxModel } from '@offerstream/onnx';
import { hashApiKey, makeApiKey, SCOPES_OF_KEY_KIND } from '@offerstream/tenancy';
import type { Rig } from './rig.js';

export const TENANT = 'bench' as TenantId;
export const MODEL = 'bench.collaborative';
export const WRITE_KEY = 'bench-write-key';
export const API_KEY = makeApiKey({ kind: 'sk', mode: 'test' }, new Uint8Array(32).fill(7));

export const itemId = (index: number): ItemId => `item-${index}` as ItemId;
export const subjectId = (index: number): SubjectId => `shopper-${index}` as SubjectId;

/** A small deterministic generator (mulberry32): numbers in [0, 1). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Writes an iALS model of random factors, and its explanations: as much work as a trained one. */
export const writeModel = async (models: string, version: string, items: number, dimensions: number): Promise<void> => {
  const random = randomFrom(Number(version));
  const catalog = {
    hashes: BigInt64Array.from({ length: items }, (_, index) => itemHash(TENANT, itemId(index))),
  };
  const model: FactorModel = {
    factors: Float32Array.from({ length: items * dimensions }, () => random() - 0.5),
    dimensions,
    regularization: 20,
    confidence: { actions: { 1: 1, 2: 1, 3: 2, 4: 3, 5: 5, 6: 0 }, halfLifeSeconds: 3_600 },
  };
  await writeVersion(join(models, explanationModel(MODEL)), version, collaborativeExplanation(catalog, model));
  await writeVersion(join(models, MODEL), version, collaborativeGraph(catalog, model));
};

const writeVersion = async (folder: string, version: string, graph: OnnxModel): Promise<void> => {
  const unfinished = join(folder, `.unfinished-${version}`);
  await mkdir(unfinished, { recursive: true });
  await graph.writeTo(join(unfinished, 'model.onnx'));
  await rename(unfinished, join(folder, version));
};

export const promotion = (version: string, items: number): Promotion => ({
  tenant: TENANT,
  name: MODEL,
  version,
  family: 'collaborative',
  popular: Array.from({ length: Math.min(100, items) }, (_, index) => itemId(index)),
});

/** As it stands on the topic. */
export const promoted = (version: string, items: number): PromotedModel => ({
  ...promotion(version, items),
  popular: [...promotion(version, items).popular],
  promotedAt: '2026-01-01T00:00:00.000Z',
});

const keyRecord = (kind: ApiKey['kind'], key: string): ApiKey => {
  const hash = hashApiKey(key);
  return { id: hash.slice(0, 16), hash, kind, scopes: [...SCOPES_OF_KEY_KIND[kind]], expiresAt: null };
};

/** Puts the shop's tenant, catalog and promoted model on their topics. */
export const publishShop = async (
  rig: Rig,
  items: number,
  titleOf = (index: number): string => `Product ${index}`,
): Promise<void> => {
  const producer = new BatchingProducer(rig.kafka);
  const tenant: Tenant = {
    id: TENANT,
    keys: [keyRecord('wk', WRITE_KEY), keyRecord('sk', API_KEY)],
    placements: [{ id: 'home' as PlacementId, model: MODEL, slots: 10, validitySeconds: 86_400 }],
    consent: 'assumed',
    allowance: UNLIMITED,
  };
  await producer.append({ topic: rig.topic('tenants'), key: TENANT, value: JSON.stringify(tenant) });
  for (let from = 0; from < items; from += 10_000) {
    const chunk = Array.from({ length: Math.min(10_000, items - from) }, (_, index) => from + index);
    await producer.sendAll(
      chunk.map((index) => ({
        topic: rig.topic('catalog'),
        key: itemKey(TENANT, itemId(index)),
        value: JSON.stringify(
          catalogItemSchema.parse({ id: itemId(index), title: titleOf(index), price: 10 + (index % 90) }),
        ),
      })),
    );
  }
  await producer.append({
    topic: rig.topic('models'),
    key: `${TENANT}:${MODEL}`,
    value: JSON.stringify(promoted('1', items)),
  });
  await producer.disconnect();
};

/** A view of an item by a shopper, of about 450 bytes, as a shop's library sends it. */
export const viewEvent = (subject: number, item: number, messageId: string, timeMs: number): string =>
  JSON.stringify({
    type: 'track',
    event: 'Product Viewed',
    userId: subjectId(subject),
    messageId,
    timestamp: new Date(timeMs).toISOString(),
    properties: {
      product_id: itemId(item),
      name: `Product ${item}`,
      category: 'Shoes/Running',
      price: 10 + (item % 90),
      currency: 'EUR',
      url: `https://shop.example/products/${item}?ref=list`,
    },
    context: {
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
      page: { path: `/products/${item}`, title: `Product ${item}` },
    },
  });
