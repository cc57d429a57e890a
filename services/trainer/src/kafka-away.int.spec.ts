import { BrokerProxy, kafkaBrokers } from '@offerstream/testing';
import { SHOP, startSurroundings, until } from './running-trainer.fixture.js';
import { storeWords } from './word-encoders.fixture.js';

it('is not ready while Kafka is away, says why, and goes on by itself', async () => {
  const around = await startSurroundings();
  const [host = '', port] = (await kafkaBrokers())[0]?.split(':') ?? [];
  const proxy = new BrokerProxy({ host, port: Number(port) });
  const trainer = await around.startTrainer({ KAFKA_BROKERS: await proxy.listen() });
  try {
    await storeWords(around.repository, 'shop.encoder');
    await until(() => trainer.health.ready().ok);

    proxy.refusesConnections = true;
    proxy.cut();
    await until(() => !trainer.health.ready().ok);
    expect(trainer.health.ready().checks['tables']?.reason).toMatch(/connect/i);
    await around.put('catalog', `${SHOP}:mug`, JSON.stringify({ id: 'mug', title: 'red mug' }));

    proxy.refusesConnections = false;
    await until(() => trainer.health.ready().ok);
    await until(async () => (await around.vectors()).has(`${SHOP}:mug`));
  } finally {
    await trainer.stop();
    await proxy.close();
    await around.stop();
  }
});
