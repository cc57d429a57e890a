import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { asyncApiDocument } from './async-api.js';
import { clickstreamHeaders } from './clickstream-headers.js';
import { failedHeaders } from './failed-headers.js';
import { itemKey, subjectKey, usageKey, vectorKey, type ItemId, type SubjectId, type TenantId } from './ids.js';
import { strayHeaders } from './stray-headers.js';
import { TOPIC_NAMES, type TopicName } from './topics.js';

interface Message {
  readonly headers: object;
  readonly bindings: { readonly kafka: { readonly key: object } };
}
interface Channel {
  readonly address: string;
  readonly messages: Readonly<Record<string, Message>>;
  readonly bindings: { readonly kafka: object };
}

const FILE = new URL('../../../docs/asyncapi.json', import.meta.url);
const tenant = 'demo' as TenantId;
const subject = 'anna: the\nfirst' as SubjectId;

const channels = (asyncApiDocument() as { readonly channels: Readonly<Record<TopicName, Channel>> }).channels;

const firstMessage = (topic: TopicName): Message => {
  const message = Object.values(channels[topic].messages)[0];
  if (message === undefined) throw new Error(`${topic} has no message.`);
  return message;
};

const takes = (schema: object, value: unknown): boolean => {
  const ajv = new Ajv({ strictTypes: false });
  addFormats.default(ajv);
  return ajv.validate(schema, value);
};

describe('the AsyncAPI document', () => {
  it('is the file docs/asyncapi.json (else: npm run schemas -w @offerstream/contracts)', async () => {
    expect(JSON.parse(await readFile(FILE, 'utf8'))).toEqual(asyncApiDocument());
  });

  it('is valid', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApiDocument()));
    // That there is 3.1 is no fault of a document of 3.0.
    expect(diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')).toEqual([]);
    expect(document?.channels().all()).toHaveLength(TOPIC_NAMES.length);
  });

  it('says how a topic is made', () => {
    expect(channels.offers).toMatchObject({
      address: 'offerstream.offers.v1',
      bindings: {
        kafka: {
          partitions: 12,
          topicConfiguration: {
            'cleanup.policy': ['delete'],
            'retention.ms': 259_200_000,
            'max.message.bytes': 1_048_576,
          },
        },
      },
    });
    expect(channels.catalog.bindings.kafka).toMatchObject({ topicConfiguration: { 'cleanup.policy': ['compact'] } });
    expect(channels.trends.bindings.kafka).toMatchObject({
      topicConfiguration: { 'cleanup.policy': ['compact', 'delete'], 'retention.ms': 86_400_000 },
    });
  });

  it.each<[TopicName, string]>([
    ['clickstream', subjectKey(tenant, subject)],
    ['user-vectors', vectorKey(tenant, 'demo.behaviour', subject)],
    ['catalog', itemKey(tenant, 'shoe:1' as ItemId)],
    ['tenants', tenant],
    ['usage', usageKey(tenant, 'gateway', 'e-1', '2026-11-24T10:00:00.000Z')],
  ])('takes the keys of %s and no others', (topic, key) => {
    const { key: schema } = firstMessage(topic).bindings.kafka;
    expect(takes(schema, key)).toBe(true);
    for (const other of ['', 'Demo', `${key}:`.replace('demo', 'de mo'), `:${key}`])
      expect(takes(schema, other)).toBe(false);
  });

  it('takes the headers with which records are written', () => {
    const cloudEvent = clickstreamHeaders({ tenant, subject, messageId: 'm', timeMs: 0 });
    const { headers } = firstMessage('clickstream');
    expect(takes(headers, {})).toBe(true);
    expect(takes(headers, { ...cloudEvent, ...strayHeaders({ partition: 1, offset: 2, appendedAt: 3 }) })).toBe(true);
    expect(takes(headers, { ...cloudEvent, ce_source: 'demo' })).toBe(false);
    expect(takes(firstMessage('offers').headers, {})).toBe(false);

    const failure = { step: 'decode', reason: 'undecodable', detail: 'not JSON' } as const;
    expect(takes(firstMessage('clickstream-failed').headers, { ...cloudEvent, ...failedHeaders(failure) })).toBe(true);
    expect(takes(firstMessage('clickstream-failed').headers, cloudEvent)).toBe(false);
  });
});
