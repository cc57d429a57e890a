import { ConsoleLogger } from '@nestjs/common';
import { topicOnBroker } from '@offerstream/contracts';
import { BatchingProducer, createKafka, ensureTopics } from '@offerstream/kafka';
import { kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { TableFollower, type PutRecord } from './table-follower.js';

class Errors extends ConsoleLogger {
  readonly messages: string[] = [];
  override error(message: string): void {
    this.messages.push(message);
  }
}

it('takes what fits of a topic, and tells of what does not: in the log, and counted', async () => {
  const naming = uniqueTopicNaming();
  const kafka = createKafka({ brokers: await kafkaBrokers(), clientId: 'table-follower-spec', naming });
  await ensureTopics(kafka, ['models'], { replicationFactor: 1 });
  const producer = new BatchingProducer(kafka);
  const topic = topicOnBroker('models', naming);
  for (const [key, value] of [
    ['a', '1'],
    ['b', '{'],
    ['c', '"two"'],
    ['refused', '3'],
    ['d', '4'],
  ] as const)
    await producer.append({ topic, key, value });

  const errors = new Errors();
  const metrics = new Registry();
  const taken: unknown[] = [];
  const put: PutRecord = (key, value, { offset }) => {
    if (key === 'refused') return 'nobody wants it';
    taken.push([z.number().parse(JSON.parse(String(value))), offset]);
    return undefined;
  };
  const table = new TableFollower({ kafka, naming, logger: errors, metrics }).follow('models', put);
  await table.caughtUp;
  await table.close();
  await producer.disconnect();

  expect(taken).toEqual([
    [1, 0],
    [4, 4],
  ]);
  expect(errors.messages).toHaveLength(3);
  expect(errors.messages[2]).toBe('models: the record "refused" can’t be taken: nobody wants it');
  expect(await metrics.metrics()).toContain('table_records_left_out_total{topic="models"} 3');
});
