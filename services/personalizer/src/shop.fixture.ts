import {
  itemHash,
  itemKey,
  outcomeSchema,
  splitKey,
  subjectKey,
  tenantSchema,
  topicOnBroker,
  type ItemId,
  type Outcome,
  type SubjectId,
  type SubjectKey,
  type Tenant,
  type TenantId,
  type TopicName,
} from '@offerstream/contracts';
import {
  Catalog,
  keepPublishable,
  PromotedModels,
  type PublishableItem,
  type VectorMessage,
} from '@offerstream/decisioning';
import type { Ranking } from '@offerstream/inference-client';
import type { RawRecord, RecordHeaders } from '@offerstream/kafka';
import { Batch, type Element } from '@offerstream/pipeline';
import { Profile } from '@offerstream/profile';
import type { ReadEvent } from './clickstream-record.js';
import { vectorMessage } from './offer.js';
import type { DecidedVisit, FoldedVisit, ScoredVisit } from './visit.js';

export const DEMO = 'demo' as TenantId;
export const MODEL = 'demo.collaborative';
/** 24 November 2026, 10:00 UTC. */
export const NOW_MS = Date.UTC(2026, 10, 24, 10);

export const item = (name: string): ItemId => name as ItemId;
export const hashOf = (name: string): bigint => itemHash(DEMO, item(name));
export const keyOf = (subject: string): SubjectKey => subjectKey(DEMO, subject as SubjectId);
export const topicName = (topic: TopicName): string => topicOnBroker(topic, { prefix: 't.', suffix: '.v1' });

export const tenant = (over: object = {}): Tenant =>
  tenantSchema.parse({
    id: DEMO,
    placements: [{ id: 'home', model: MODEL, slots: 3, validitySeconds: 3_600 }],
    consent: 'assumed',
    ...over,
  });

export const call = (over: object = {}): object => ({
  type: 'track',
  event: 'Product Viewed',
  userId: 'anna',
  messageId: 'm-1',
  timestamp: new Date(NOW_MS - 1_000).toISOString(),
  properties: { product_id: 'shoe' },
  ...over,
});

export const record = ({
  value = call(),
  ...over
}: Partial<Omit<RawRecord, 'value'>> & { readonly value?: object | Buffer | null } = {}): RawRecord => ({
  topic: topicName('clickstream'),
  partition: 0,
  offset: 0,
  appendedAt: NOW_MS,
  key: Buffer.from('demo:anna'),
  headers: {} satisfies RecordHeaders,
  value: value === null || Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)),
  ...over,
});

/** Anna's vector of the shop's model. */
export const vectorOfAnna = (): VectorMessage =>
  vectorMessage({
    tenant: DEMO,
    subject: 'anna' as SubjectId,
    model: { name: MODEL, version: '3' },
    revision: 7,
    vector: Float32Array.of(1),
    cause: { record: record(), messageId: 'm', timeMs: 0 },
  });

export const event = (over: Partial<ReadEvent> = {}): ReadEvent => ({
  tenant: tenant(),
  subject: 'anna' as SubjectId,
  key: keyOf('anna'),
  messageId: 'm-1',
  fingerprint: 1,
  origin: undefined,
  timeMs: NOW_MS - 1_000,
  consent: false,
  offerEach: false,
  interactions: [{ itemHash: hashOf('shoe'), action: 1 }],
  query: undefined,
  outcome: undefined,
  ...over,
});

export const outcome = (id: string): Outcome =>
  outcomeSchema.parse({
    id,
    tenant: DEMO,
    subject: 'anna',
    type: 'click',
    offerId: 'ab'.repeat(16),
    items: [],
    orderId: null,
    currency: null,
    bot: false,
    occurredAt: new Date(NOW_MS - 1_000).toISOString(),
  });

/** An event at an offset, with a messageId of its own unless told otherwise. */
export const element = (
  offset: number,
  {
    partition = 0,
    appendedAt = NOW_MS,
    ...over
  }: Partial<ReadEvent & Pick<RawRecord, 'partition' | 'appendedAt'>> = {},
): Element<RawRecord, ReadEvent> => ({
  record: record({ partition, offset, appendedAt }),
  value: event({ messageId: `m-${offset}`, fingerprint: offset + 1, ...over }),
});

export const batchOf = (elements: readonly Element<RawRecord, unknown>[], isCurrent = true): Batch<RawRecord> =>
  new Batch(
    elements.map((each) => each.record),
    () => isCurrent,
  );

export const foldedVisit = (over: Partial<FoldedVisit> = {}): FoldedVisit => {
  const cause = element(0);
  const key = over.key ?? keyOf('anna');
  const profile = Profile.empty();
  profile.raiseVersion();
  return {
    key,
    tenant: tenant(),
    subject: splitKey(key)?.rest as SubjectId,
    events: [cause],
    profile,
    again: [],
    changed: true,
    news: [cause],
    outcomes: [],
    cause,
    revision: 7,
    ...over,
  };
};

export const scoredVisit = (over: Partial<ScoredVisit> = {}): ScoredVisit => ({
  ...foldedVisit(),
  rankings: new Map(),
  lastOffers: new Map(),
  ...over,
});

export const decidedVisit = (over: Partial<DecidedVisit> = {}): DecidedVisit => ({
  ...scoredVisit(),
  messages: [],
  ...over,
});

export const elementsOf = <Value>(...values: readonly Value[]): Element<RawRecord, Value>[] =>
  values.map((value) => ({ record: record(), value }));

/** A catalog of these items; a name with a trailing `!` is unavailable. */
export const catalogOf = (...names: readonly string[]): Catalog<PublishableItem> => {
  const catalog = new Catalog(keepPublishable);
  for (const name of names) {
    const id = name.replace(/!$/, '');
    catalog.put(DEMO, item(id), Buffer.from(JSON.stringify({ id, available: !name.endsWith('!') })));
  }
  return catalog;
};

export const modelsWith = (version: string, popular: readonly string[] = []): PromotedModels => {
  const models = new PromotedModels();
  promote(models, version, popular);
  return models;
};

export const promote = (models: PromotedModels, version: string, popular: readonly string[] = []): void => {
  const value = { tenant: DEMO, name: MODEL, version, family: 'f', popular, promotedAt: '2026-11-24T10:00:00Z' };
  models.put(itemKey(DEMO, item(MODEL)), Buffer.from(JSON.stringify(value)));
};

/** A model's answer: one row of item names a shopper, with falling scores unless given. */
export const ranking = (
  version: string,
  rows: readonly (readonly (string | readonly [string, number])[])[],
  vectors: readonly (readonly number[])[] = [],
): Ranking => {
  const depth = Math.max(...rows.map((row) => row.length));
  const items = new BigInt64Array(rows.length * depth);
  const scores = new Float32Array(rows.length * depth);
  for (const [row, names] of rows.entries())
    for (const [place, entry] of names.entries()) {
      const [name, score] = typeof entry === 'string' ? [entry, 1 - place / 4] : entry;
      items[row * depth + place] = hashOf(name);
      scores[row * depth + place] = score;
    }
  const dimensions = vectors[0]?.length ?? 0;
  return { modelVersion: version, dimensions, userVectors: Float32Array.from(vectors.flat()), depth, items, scores };
};
