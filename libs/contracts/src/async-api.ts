import { z } from 'zod';
import { topicJsonSchema } from './topic-schemas.js';
import { KEY_PARTS, TOPIC_USES, type TopicUse } from './topic-uses.js';
import { DEFAULT_TOPIC_NAMING, TOPIC_NAMES, topicOnBroker, TOPICS, type TopicName } from './topics.js';

const BINDING = { bindingVersion: '0.5.0' } as const;

/**
 * AsyncAPI 3.0 document of the topics under their default names. It stands for Offerstream as a whole: an operation is of the
 * service that its tag names, and whoever has access to the broker can receive from every channel.
 */
export const asyncApiDocument = (): object => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Offerstream',
    version: DEFAULT_TOPIC_NAMING.suffix.slice(1),
    description:
      'Every topic of Offerstream. TOPIC_PREFIX and TOPIC_SUFFIX change the names. Unknown fields pass through; a breaking change is a topic with another suffix.',
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: 'application/json',
  channels: Object.fromEntries(TOPIC_NAMES.map((topic) => [topic, channel(topic)])),
  operations: Object.fromEntries(TOPIC_NAMES.flatMap(operations)),
});

const channel = (topic: TopicName): object => {
  const { partitions, config } = TOPICS[topic];
  return {
    address: topicOnBroker(topic, DEFAULT_TOPIC_NAMING),
    summary: TOPIC_USES[topic].summary,
    messages: messages(topic),
    bindings: { kafka: { partitions, topicConfiguration: topicConfiguration(config), ...BINDING } },
  };
};

/** Kafka's settings are texts; the binding wants numbers and a list. */
const topicConfiguration = (config: Readonly<Record<string, string>>): object =>
  Object.fromEntries(
    Object.entries(config).map(([name, value]): [string, unknown] => [
      name,
      name === 'cleanup.policy' ? value.split(',') : /^[0-9]+$/.test(value) ? Number(value) : value,
    ]),
  );

const messages = (topic: TopicName): Readonly<Record<string, object>> => {
  const { summary, key, contentType, headers, withoutValue } = TOPIC_USES[topic];
  const name = camelCase(topic);
  const bindings = { kafka: { key: keySchema(key), ...BINDING } };
  // AsyncAPI's own dialect of schemas extends draft 07.
  const schema = topicJsonSchema(topic, 'draft-07');
  const withValue =
    headers === undefined
      ? { headers: schema, payload: { description: 'Bytes.' } }
      : { headers: z.toJSONSchema(headers, { target: 'draft-07', io: 'input' }), payload: schema };
  const content = contentType === undefined ? {} : { contentType };
  return {
    [name]: { summary, ...content, ...withValue, bindings },
    ...(withoutValue === undefined
      ? {}
      : { [`${name}WithoutValue`]: { summary: withoutValue, payload: { type: 'null' }, bindings } }),
  };
};

const keySchema = (parts: TopicUse['key']): object =>
  parts === undefined
    ? { description: 'As it came.' }
    : { type: 'string', description: parts.join(':'), pattern: `^${parts.map((part) => KEY_PARTS[part]).join(':')}$` };

/** For example `userVectors`. */
const camelCase = (topic: TopicName): string => topic.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const operations = (topic: TopicName): readonly (readonly [string, object])[] => {
  const { sentBy, receivedBy } = TOPIC_USES[topic];
  return [['send', sentBy] as const, ['receive', receivedBy] as const].flatMap(([action, services]) =>
    services.map(
      (service) =>
        [
          `${service}.${action}.${topic}`,
          { action, channel: { $ref: `#/channels/${topic}` }, tags: [{ name: service }] },
        ] as const,
    ),
  );
};
