import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { topicOnBroker, type TopicName } from '@offerstream/contracts';
import { readAll, type Kafka, type RawRecord } from '@offerstream/kafka';
import { ROOT } from './started-line.js';

interface Message {
  readonly contentType?: string;
  readonly headers?: object;
  readonly payload: object;
  readonly bindings: { readonly kafka: { readonly key: object } };
}

interface Channel {
  readonly messages: Readonly<Record<string, Message>>;
}

export interface CheckedRecords {
  /** How many records each topic has. */
  readonly counts: Readonly<Record<string, number>>;
  /** Of each record that is none of its channel's messages: where it stands and why. */
  readonly undocumented: readonly string[];
}

/** Compares every record on the line's topics with what docs/asyncapi.json says of them, under whatever names they have. */
export const checkRecords = async (kafka: Kafka): Promise<CheckedRecords> => {
  const document = JSON.parse(await readFile(join(ROOT, 'docs/asyncapi.json'), 'utf8')) as {
    readonly defaultContentType: string;
    readonly channels: Readonly<Record<TopicName, Channel>>;
  };
  const counts: Record<string, number> = {};
  const undocumented: string[] = [];
  for (const [name, { messages }] of Object.entries(document.channels)) {
    const topic = topicOnBroker(name as TopicName, kafka.connection.naming);
    const faultsOf = Object.values(messages).map((message) => messageCheck(message, document.defaultContentType));
    const records = await readAll(kafka, topic);
    counts[name] = records.length;
    for (const record of records) {
      const faults = faultsOf.map((check) => check(record));
      if (!faults.includes('')) {
        undocumented.push(`${name}, partition ${record.partition}, offset ${record.offset}: ${faults.join(' / ')}`);
      }
    }
  }
  return { counts, undocumented };
};

/** Tells what is wrong with a record; an empty text where nothing is. */
const messageCheck = ({ contentType, headers = {}, payload, bindings }: Message, defaultContentType: string) => {
  const ajv = addFormats.default(new Ajv({ strictTypes: false }));
  const check = {
    key: ajv.compile(bindings.kafka.key),
    headers: ajv.compile(headers),
    value: ajv.compile(payload),
  };
  const isJson = (contentType ?? defaultContentType) === 'application/json';
  return (record: RawRecord): string => {
    const text = record.value?.toString() ?? 'null';
    return [
      fault('key', check.key, record.key?.toString()),
      fault('headers', check.headers, textsOf(record.headers)),
      isJson ? jsonFault(check.value, text) : fault('value', check.value, text),
    ].join('');
  };
};

const fault = (part: string, validate: ValidateFunction, value: unknown): string => {
  if (validate(value)) return '';
  const reasons = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
  return `${part}${reasons.join(', ')}; `;
};

/** Of a topic that has bytes as well as records without value, a record is compared with both. */
const jsonFault = (validate: ValidateFunction, text: string): string => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'value is not JSON; ';
  }
  return fault('value', validate, value);
};

const textsOf = (headers: RawRecord['headers']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
