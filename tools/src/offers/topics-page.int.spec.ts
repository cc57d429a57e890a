import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  FAIL_REASONS,
  FAILED_HEADERS,
  schemaFileName,
  subjectKey,
  TOPIC_NAMES,
  topicOnBroker,
  type SubjectId,
  type TenantId,
} from '@offerstream/contracts';
import { BatchingProducer, createKafka, deleteTopics, ensureTopics } from '@offerstream/kafka';
import { kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';

const PAGE = fileURLToPath(new URL('../../../docs/topics.md', import.meta.url));
/** Where the sample finds its packages. */
const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

const page = (): Promise<string> => readFile(PAGE, 'utf8');

it('names every topic with its schema, every reason and every header of a failed record', async () => {
  const text = (await page()).replaceAll(/ +/g, ' ');
  for (const topic of TOPIC_NAMES) {
    expect(text).toContain(`| [\`${topic}\`](../libs/contracts/schemas/${schemaFileName(topic)}) |`);
  }
  for (const name of [...FAIL_REASONS, ...Object.values(FAILED_HEADERS)]) expect(text).toContain(`\`${name}\``);
});

it('has a sample consumer that keeps the highest revision and drops repeats', async () => {
  const [, sample = ''] = /```js\n([\s\S]*?)```/.exec(await page()) ?? [];
  const brokers = await kafkaBrokers();
  const naming = uniqueTopicNaming();
  const kafka = createKafka({ brokers, clientId: 'topics-page-spec', naming });
  const topic = topicOnBroker('offers', naming);
  await ensureTopics(kafka, ['offers'], { onWarning: () => undefined });
  const producer = new BatchingProducer(kafka);
  const send = (subject: string, placement: string, id: number, revision: number): Promise<void> =>
    producer.append({
      topic,
      key: subjectKey('demo' as TenantId, subject as SubjectId),
      value: JSON.stringify({ id: String(id), revision, subject, placement, items: [{ item: `p${id}` }] }),
    });
  for (const [id, revision] of [
    [1, 10],
    [2, 30],
    [3, 20],
    [2, 30],
    [4, 40],
  ] as const) {
    await send('anna', 'home', id, revision);
  }
  await send('anna', 'cart', 5, 5);
  await send('anna', 'home', 6, 35);
  await send('anna', 'home', 7, 99);

  const consumer = spawn(process.execPath, ['--input-type=module', '--eval', sample], {
    cwd: PROJECT,
    env: { PATH: process.env['PATH'], KAFKA_BROKERS: brokers.join(','), OFFERS_TOPIC: topic, GROUP_ID: topic },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  consumer.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const lines: string[] = [];
  try {
    for await (const line of createInterface({ input: consumer.stdout })) {
      if (!line.startsWith('anna')) continue;
      lines.push(line);
      if (line.endsWith('p7')) break;
    }
    expect({ lines, errors: lines.length === 0 ? errors : '' }).toEqual({
      lines: [
        'anna in home, revision 10: p1',
        'anna in home, revision 30: p2',
        'anna in home, revision 40: p4',
        'anna in cart, revision 5: p5',
        'anna in home, revision 99: p7',
      ],
      errors: '',
    });
  } finally {
    const ended = once(consumer, 'exit');
    if (consumer.kill('SIGKILL')) await ended;
    await producer.disconnect();
    await deleteTopics(kafka, [topic]);
  }
});
