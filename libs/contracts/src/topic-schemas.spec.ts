import { readdir, readFile } from 'node:fs/promises';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { schemaFileName, topicJsonSchema } from './topic-schemas.js';
import { TOPIC_NAMES, type TopicName } from './topics.js';

const FOLDER = new URL('../schemas/', import.meta.url);

const validator = (topic: TopicName): ValidateFunction => {
  const ajv = new Ajv2020({ strictTypes: false });
  addFormats.default(ajv);
  return ajv.compile(topicJsonSchema(topic));
};

const TIME = '2026-11-24T10:00:00.000Z';
const model = { name: 'demo.behaviour', version: '3' };

const VECTOR = { model: 'efficientnet-lite0', version: '1', vector: 'AACAPw==' };

const GOOD: Readonly<Record<TopicName, readonly object[]>> = {
  clickstream: [
    {
      type: 'track',
      event: 'Product Viewed',
      userId: 7,
      messageId: 'm',
      timestamp: TIME,
      properties: { product_id: 1 },
    },
    { type: 'page', anonymousId: 'a' },
    { type: 'screen', anonymousId: 'a', name: 'Home', anything: ['passes'] },
    { type: 'identify', userId: 'anna', traits: { plan: 'gold' }, context: null },
    { type: 'group', userId: 'anna', groupId: 'g' },
    { type: 'alias', userId: 'anna', previousId: 'a' },
  ],
  'clickstream-failed': [
    { 'failed-step': 'decode', 'failed-reason': 'undecodable', 'failed-detail': 'not JSON', 'origin-offset': '7' },
  ],
  offers: [
    {
      id: '0123456789abcdef0123456789abcdef',
      revision: 1,
      tenant: 'demo',
      subject: 'anna',
      placement: 'home',
      items: [{ item: 'shoe-1', rank: 1, score: 0.5, strategy: 'personal' }],
      model,
      cause: { messageId: 'm', eventTime: TIME },
      validUntil: TIME,
    },
  ],
  'user-vectors': [{ tenant: 'demo', subject: 'anna', model, revision: 1, vector: 'AACAPw==', updatedAt: TIME }],
  catalog: [
    { id: 'shoe-1', title: 'Shoe', categories: ['Shoes'], price: 7.5, currency: 'EUR', available: true },
    { id: '1' },
  ],
  pictures: [{ 'content-type': 'image/jpeg', sha256: 'a'.repeat(64) }],
  'item-vectors': [{ id: 'shoe-1', text: VECTOR, image: VECTOR }, { id: '1' }],
  tenants: [
    {
      id: 'demo',
      keys: [{ id: 'a'.repeat(16), hash: 'a'.repeat(64), kind: 'sk', scopes: ['offers:read'], expiresAt: null }],
      placements: [{ id: 'home', model: 'demo.behaviour', slots: 10, validitySeconds: 3600 }],
      consent: 'assumed',
      allowance: { plan: 'free', limits: { recommendations: 1_000 }, whileUnknown: 'serve', requestsPerSecond: 10 },
    },
    { id: 'demo', writeKeyHashes: ['a'.repeat(64)], placements: [], consent: 'required' },
  ],
  models: [{ tenant: 'demo', ...model, family: 'behaviour', popular: ['shoe-1'], promotedAt: TIME }],
  outcomes: [
    {
      id: 'm',
      tenant: 'demo',
      subject: 'anna',
      type: 'purchase',
      offerId: null,
      items: [{ item: 'shoe-1', quantity: 2, priceMicros: 7_500_000 }, { item: '1' }],
      orderId: 'o-1',
      currency: 'EUR',
      bot: false,
      occurredAt: TIME,
    },
  ],
  usage: [{ tenant: 'demo', source: 'gateway', epoch: 'e-1', window: TIME, counts: { offers: 3, 'image-labels': 1 } }],
  trends: [{ tenant: 'demo', source: 'e-1', at: TIME, halfLifeSeconds: 60, items: [{ item: '1', weight: 0.5 }] }],
  searches: [
    { tenant: 'demo', source: 'e-1', at: TIME, halfLifeSeconds: 60, queries: [{ query: 'red shoe', count: 3 }] },
  ],
};

const BAD: Readonly<Record<TopicName, readonly object[]>> = {
  clickstream: [{ type: 'batch' }, { type: 'track', userId: 'anna' }, { type: 'page', userId: {} }],
  'clickstream-failed': [{ 'failed-step': 'decode', 'failed-reason': 'because' }],
  offers: [
    { ...GOOD.offers[0], revision: 0 },
    { ...GOOD.offers[0], id: 'x' },
  ],
  'user-vectors': [
    { ...GOOD['user-vectors'][0], tenant: 'Demo!' },
    { ...GOOD['user-vectors'][0], model: { name: 'a:b', version: '3' } },
  ],
  catalog: [{ id: '' }, { id: 'shoe-1', price: -1 }],
  pictures: [{ 'content-type': 'image/png', sha256: 'a'.repeat(64) }, { 'content-type': 'image/jpeg' }],
  'item-vectors': [
    { id: '1', text: { ...VECTOR, vector: '' } },
    { id: '1', image: { ...VECTOR, model: 'a:b' } },
  ],
  tenants: [
    { ...GOOD.tenants[0], writeKeyHashes: ['the key itself'] },
    {
      ...GOOD.tenants[0],
      keys: [{ id: 'a'.repeat(16), hash: 'the key itself', kind: 'sk', scopes: [], expiresAt: null }],
    },
    { ...GOOD.tenants[0], placements: [{ id: 'home', model: 'a:b', slots: 1, validitySeconds: 1 }] },
  ],
  models: [
    { ...GOOD.models[0], version: 'latest' },
    { ...GOOD.models[0], name: 'a:b' },
  ],
  outcomes: [
    { ...GOOD.outcomes[0], type: 'glance' },
    { ...GOOD.outcomes[0], items: [{ item: '1', priceMicros: 0.5 }] },
  ],
  usage: [{ ...GOOD.usage[0], counts: { offers: -1 } }],
  trends: [{ ...GOOD.trends[0], items: [{ item: '1', weight: 0 }] }],
  searches: [
    { ...GOOD.searches[0], queries: [{ query: '', count: 3 }] },
    { ...GOOD.searches[0], queries: [{ query: 'red shoe', count: 0 }] },
  ],
};

describe('JSON Schemas of the topics', () => {
  it('are the files in schemas/ (else: npm run schemas -w @offerstream/contracts)', async () => {
    const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(new URL(name, FOLDER), 'utf8'));
    expect((await readdir(FOLDER)).sort()).toEqual(TOPIC_NAMES.map(schemaFileName).sort());
    for (const topic of TOPIC_NAMES) expect(await read(schemaFileName(topic))).toEqual(topicJsonSchema(topic));
  });

  it.each(Object.entries(GOOD) as [TopicName, readonly object[]][])('take samples of %s', (topic, samples) => {
    const validate = validator(topic);
    for (const sample of samples) {
      validate(sample);
      expect(validate.errors ?? []).toEqual([]);
    }
  });

  it.each(Object.entries(BAD) as [TopicName, readonly object[]][])('refuse broken samples of %s', (topic, samples) => {
    const validate = validator(topic);
    expect(samples.filter((sample) => validate(sample))).toEqual([]);
  });
});
