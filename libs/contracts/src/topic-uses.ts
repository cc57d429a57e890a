import { z } from 'zod';
import { CLOUD_EVENT_TYPES, OFFER_EACH, OFFER_HEADER } from './cloud-events.js';
import { MODEL_NAME_PATTERN } from './ids.js';
import { STRAY_HEADERS } from './stray-headers.js';
import type { TopicName } from './topics.js';

type Service = 'collector' | 'personalizer' | 'gateway' | 'trainer' | 'control' | 'tools';

/** What is known of a topic beside its settings and the schema of its values. */
export interface TopicUse {
  readonly summary: string;
  readonly sentBy: readonly Service[];
  readonly receivedBy: readonly Service[];
  /** Parts of a record's key, joined by colons; undefined where the key is as it came. */
  readonly key: readonly KeyPart[] | undefined;
  /** Undefined where the value is JSON. */
  readonly contentType?: 'application/octet-stream' | 'image/jpeg';
  /** Undefined where the topic's own schema is that of its headers. */
  readonly headers: z.ZodType | undefined;
  /** What a record without value says; undefined where every record has one. */
  readonly withoutValue?: string;
}

/** Regular expressions of what keys are made of, in words that every dialect of them has. */
export const KEY_PARTS = {
  tenant: '[a-z0-9-]{1,32}',
  subject: '[\\s\\S]{1,200}',
  item: '[\\s\\S]{1,200}',
  model: MODEL_NAME_PATTERN.source.slice(1, -1),
  source: '[0-9a-z-]{1,64}',
  epoch: '[0-9a-z-]{1,64}',
  window: '[0-9-]{10}T[0-9:.]+Z',
} as const;
type KeyPart = keyof typeof KEY_PARTS;

const JSON_CONTENT = { 'content-type': z.literal('application/json') };
const json = z.looseObject(JSON_CONTENT);
const digits = z.string().regex(/^[0-9]+$/);

const cloudEvent = (type: string) =>
  z.looseObject({
    ...JSON_CONTENT,
    ce_specversion: z.literal('1.0'),
    ce_id: z.string().min(1),
    ce_source: z.string().regex(/^\/tenants\/[a-z0-9-]{1,32}$/),
    ce_type: z.literal(type),
    ce_time: z.iso.datetime(),
    ce_subject: z.string().min(1),
  });

export const TOPIC_USES: Readonly<Record<TopicName, TopicUse>> = {
  clickstream: {
    summary: 'What shoppers do. Shops may write it themselves, and then need no headers.',
    sentBy: ['collector', 'personalizer'],
    receivedBy: ['personalizer'],
    key: ['tenant', 'subject'],
    headers: cloudEvent(CLOUD_EVENT_TYPES.clickstream)
      .extend({
        [OFFER_HEADER]: z.literal(OFFER_EACH),
        [STRAY_HEADERS.partition]: digits,
        [STRAY_HEADERS.offset]: digits,
        [STRAY_HEADERS.timestamp]: digits,
      })
      .partial(),
  },
  'clickstream-failed': {
    summary: 'What could not be taken, as it came, with the reason in its headers.',
    sentBy: ['collector', 'personalizer'],
    receivedBy: [],
    key: undefined,
    contentType: 'application/octet-stream',
    headers: undefined,
  },
  offers: {
    summary: 'What is offered to a shopper. Keep the highest revision of a placement; drop repeats by id.',
    sentBy: ['personalizer'],
    receivedBy: [],
    key: ['tenant', 'subject'],
    headers: cloudEvent(CLOUD_EVENT_TYPES.offer),
  },
  'user-vectors': {
    summary: "A shopper's vector of a model. Keep the highest revision of a subject and model.",
    sentBy: ['personalizer'],
    receivedBy: [],
    key: ['tenant', 'model', 'subject'],
    headers: cloudEvent(CLOUD_EVENT_TYPES.userVector),
    withoutValue: 'The shopper is forgotten.',
  },
  catalog: {
    summary: 'What can be offered.',
    sentBy: ['control'],
    receivedBy: ['personalizer', 'gateway', 'trainer'],
    key: ['tenant', 'item'],
    headers: json,
    withoutValue: 'The item is deleted.',
  },
  pictures: {
    summary: 'How items look: JPEGs of at most 256 pixels a side.',
    sentBy: ['control'],
    receivedBy: ['gateway', 'trainer'],
    key: ['tenant', 'item'],
    contentType: 'image/jpeg',
    headers: undefined,
    withoutValue: 'The item is deleted, or has no picture.',
  },
  'item-vectors': {
    summary: 'What models make of the words and the picture of an item.',
    sentBy: ['trainer'],
    receivedBy: ['gateway', 'trainer'],
    key: ['tenant', 'item'],
    headers: json,
    withoutValue: 'The item is deleted.',
  },
  tenants: {
    summary: 'Hashes of keys, placements, the consent rule, what the tenant may use.',
    sentBy: ['control'],
    receivedBy: ['collector', 'personalizer', 'gateway'],
    key: ['tenant'],
    headers: json,
    withoutValue: 'The tenant is deleted.',
  },
  models: {
    summary: 'Which version of a model serves, and what is popular.',
    sentBy: ['control'],
    receivedBy: ['personalizer', 'gateway', 'trainer'],
    key: ['tenant', 'model'],
    headers: json,
    withoutValue: 'The model is deleted.',
  },
  outcomes: {
    summary: 'What shoppers did with offers, and purchases. Drop repeats by id.',
    sentBy: ['personalizer', 'gateway'],
    receivedBy: ['control'],
    key: ['tenant', 'subject'],
    headers: cloudEvent(CLOUD_EVENT_TYPES.outcome),
  },
  usage: {
    summary: 'What a tenant has used. Keep the greatest count of each key and meter.',
    sentBy: ['personalizer', 'gateway'],
    receivedBy: ['control'],
    key: ['tenant', 'source', 'epoch', 'window'],
    headers: json,
  },
  trends: {
    summary: 'What shoppers act on lately.',
    sentBy: ['personalizer'],
    receivedBy: ['gateway'],
    key: ['tenant', 'source'],
    headers: json,
    withoutValue: 'The source has ended.',
  },
  searches: {
    summary: 'What several shoppers search for.',
    sentBy: ['personalizer'],
    receivedBy: ['gateway'],
    key: ['tenant', 'source'],
    headers: json,
    withoutValue: 'The source has ended.',
  },
};
