import { z } from 'zod';
import { FAIL_REASONS, FAILED_HEADERS } from './failed-headers.js';
import { pictureHeadersSchema } from './picture-headers.js';
import {
  catalogItemSchema,
  itemVectorsSchema,
  offerSchema,
  outcomeSchema,
  promotedModelSchema,
  searchesSchema,
  tenantSchema,
  trendSchema,
  usageSchema,
  userVectorSchema,
} from './records.js';
import { segmentCallSchema } from './segment-call.js';
import type { TopicName } from './topics.js';

const digits = z.string().regex(/^[0-9]+$/);

/** Headers of `clickstream-failed`. Its value has no schema: it is the bytes that could not be taken. */
const failedHeadersSchema = z.looseObject({
  [FAILED_HEADERS.step]: z.string(),
  [FAILED_HEADERS.reason]: z.enum(FAIL_REASONS),
  [FAILED_HEADERS.detail]: z.string().optional(),
  [FAILED_HEADERS.topic]: z.string().optional(),
  [FAILED_HEADERS.partition]: digits.optional(),
  [FAILED_HEADERS.offset]: digits.optional(),
  [FAILED_HEADERS.timestamp]: digits.optional(),
});

const CONTENTS: Readonly<Record<TopicName, { readonly schema: z.ZodType; readonly description: string }>> = {
  clickstream: { schema: segmentCallSchema, description: 'Value of clickstream: a Segment call. Key: tenant:subject.' },
  'clickstream-failed': {
    schema: failedHeadersSchema,
    description:
      'Headers of clickstream-failed. The value and the key are the bytes as they came, so there is no schema for them. A record that the collector refused has no origin.',
  },
  offers: { schema: offerSchema, description: 'Value of offers. Key: tenant:subject.' },
  'user-vectors': {
    schema: userVectorSchema,
    description: 'Value of user-vectors. Key: tenant:model:subject; a record without value is an erasure.',
  },
  catalog: {
    schema: catalogItemSchema,
    description: 'Value of catalog. Key: tenant:item; a record without value is a deletion.',
  },
  pictures: {
    schema: pictureHeadersSchema,
    description:
      "Headers of pictures. The value is a JPEG's bytes, so there is no schema for it. Key: tenant:item; a record without value is a deletion.",
  },
  'item-vectors': {
    schema: itemVectorsSchema,
    description: 'Value of item-vectors. Key: tenant:item; a record without value is a deletion.',
  },
  tenants: { schema: tenantSchema, description: 'Value of tenants. Key: tenant.' },
  models: { schema: promotedModelSchema, description: 'Value of models. Key: tenant:model name.' },
  outcomes: { schema: outcomeSchema, description: 'Value of outcomes. Key: tenant:subject.' },
  usage: { schema: usageSchema, description: 'Value of usage. Key: tenant:source:epoch:window.' },
  trends: {
    schema: trendSchema,
    description: 'Value of trends. Key: tenant:source; a record without value is a source that ended.',
  },
  searches: {
    schema: searchesSchema,
    description: 'Value of searches. Key: tenant:source; a record without value is a source that ended.',
  },
};

// zod also writes `format: base64`, which JSON Schema does not define and strict validators refuse; contentEncoding says it.
const override = ({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
  if (jsonSchema.format === 'base64') delete jsonSchema.format;
};

/** JSON Schema of what stands on a topic. Fields that have a default may be left out. */
export const topicJsonSchema = (topic: TopicName, target: 'draft-2020-12' | 'draft-07' = 'draft-2020-12'): object => ({
  $id: `urn:offerstream:schema:${topic}:v1`,
  title: topic,
  description: CONTENTS[topic].description,
  ...z.toJSONSchema(CONTENTS[topic].schema, { target, io: 'input', override }),
});

export const schemaFileName = (topic: TopicName): string => `${topic}.schema.json`;
