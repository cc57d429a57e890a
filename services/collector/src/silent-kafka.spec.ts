import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { jest } from '@jest/globals';
import { DEFAULT_TOPIC_NAMING, type TenantId } from '@offerstream/contracts';
import { createKafka } from '@offerstream/kafka';
import { Registry } from 'prom-client';
import { Collect, type Answer } from './collect.js';
import { CollectorMetrics } from './collector-metrics.js';
import { createProducer } from './collector-service.js';

afterEach(() => {
  jest.useRealTimers();
});

it('tells a sender to come again before 2 s have passed on its clock when Kafka takes a connection and never answers', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const brokers = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  const producer = createProducer(createKafka({ brokers, clientId: 'spec', naming: DEFAULT_TOPIC_NAMING }), 1024);
  try {
    const collect = new Collect({
      sink: producer,
      writeKeys: { areKnown: true, tenantOf: () => 'demo' as TenantId },
      topics: { clickstream: 'clickstream', failed: 'failed' },
      metrics: new CollectorMetrics(new Registry()),
      now: Date.now,
      newMessageId: () => 'm',
    });
    const body = Buffer.from('{"userId":"anna","event":"Product Viewed"}');
    const answers: Answer[] = [];
    const authorization = `Basic ${Buffer.from('key:').toString('base64')}`;
    void collect
      .collect({ route: 'track', body, authorization, offerEach: false })
      .then((answer) => answers.push(answer));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(answers).toEqual([]);
    await jest.advanceTimersByTimeAsync(999);
    expect(answers).toMatchObject([{ status: 503, retryAfterSeconds: 1 }]);
  } finally {
    jest.useRealTimers();
    await producer.disconnect(0);
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
