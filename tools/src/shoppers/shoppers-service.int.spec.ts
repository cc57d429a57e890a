import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConsoleLogger } from '@nestjs/common';
import { topicOnBroker } from '@offerstream/contracts';
import { createKafka, deleteTopics, ensureTopics } from '@offerstream/kafka';
import { FaultPoints, Health } from '@offerstream/service-kit';
import { kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import { Registry } from 'prom-client';
import { shoppersService } from './shoppers-service.js';

it('sends a batch that was not taken again, the same, and stops while the collector takes nothing', async () => {
  const batches: unknown[] = [];
  const taken = Promise.withResolvers<undefined>();
  const refused = Promise.withResolvers<undefined>();
  const statuses = [401, 503, 200, 200];
  const collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      batches.push((JSON.parse(body) as { readonly batch: unknown }).batch);
      response.writeHead(statuses[batches.length - 1] ?? 503).end('{}');
      if (batches.length === 4) taken.resolve(undefined);
      if (batches.length === 6) refused.resolve(undefined);
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');

  const brokers = await kafkaBrokers();
  const naming = uniqueTopicNaming();
  const kafka = createKafka({ brokers, clientId: 'shoppers-spec', naming });
  await ensureTopics(kafka, ['offers'], { onWarning: () => undefined });
  const shoppers = await shoppersService.create(
    shoppersService.readConfig({
      ADMIN_PORT: '0',
      KAFKA_BROKERS: brokers.join(','),
      TOPIC_PREFIX: naming.prefix,
      TOPIC_SUFFIX: naming.suffix,
      COLLECTOR_URL: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      WRITE_KEY: 'key',
      TENANT: 'demo',
      PLACEMENT: 'home',
      SHOP_SEED: '1',
    }),
    {
      logger: new ConsoleLogger({ logLevels: ['fatal'] }),
      metrics: new Registry(),
      health: new Health(),
      faults: new FaultPoints(''),
      stopping: new AbortController().signal,
    },
  );
  try {
    await shoppers.listen();
    await taken.promise;
    expect(batches.slice(1, 3)).toEqual([batches[0], batches[0]]);
    expect(batches[3]).not.toEqual(batches[0]);
    await refused.promise;
  } finally {
    await shoppers.close();
    collector.closeAllConnections();
    collector.close();
    await deleteTopics(kafka, [topicOnBroker('offers', naming)]);
  }
});
