import type { ItemId } from '@offerstream/contracts';
import { BrokerProxy, kafkaBrokers } from '@offerstream/testing';
import { newKey, startGateway, until } from './running-gateway.fixture.js';
import { DEMO, HOME } from './shop.fixture.js';

const key = newKey();

it('answers from what it knows while Kafka is away, tells that it does, and comes to know the rest by itself', async () => {
  const brokers = await kafkaBrokers();
  const [host = '', port] = brokers[0]?.split(':') ?? [];
  const proxy = new BrokerProxy({ host, port: Number(port) });
  const gateway = await startGateway(brokers, { KAFKA_BROKERS: await proxy.listen() });
  try {
    for (const name of ['hat', 'shoe']) await gateway.putItem(DEMO, name);
    await gateway.promote(DEMO, { popular: ['shoe'] as ItemId[] });
    await gateway.setTenant(DEMO, [key]);
    const offered = async () => {
      const { status, body } = await gateway.call('GET', `/v1/offers/anna?placement=${HOME.id}`, { key });
      return [status, (body['items'] as readonly { readonly item: string }[] | undefined)?.map(({ item }) => item)];
    };
    const isOffered = async (item: string) => JSON.stringify(await offered()) === JSON.stringify([200, [item]]);
    const tables = () => gateway.health.ready().checks['tables'];
    await until(() => isOffered('shoe'));
    expect(tables()).toEqual({ ok: true, reason: 'followed' });

    proxy.refusesConnections = true;
    proxy.cut();
    await until(() => tables()?.reason !== 'followed');
    expect(tables()).toEqual({
      ok: true,
      reason: expect.stringMatching(/^known, and not followed: .*connect/i) as string,
    });
    await gateway.promote(DEMO, { popular: ['hat'] as ItemId[] });
    expect(await offered()).toEqual([200, ['shoe']]);

    proxy.refusesConnections = false;
    await until(() => isOffered('hat'));
    await until(() => tables()?.reason === 'followed');
  } finally {
    await gateway.stop();
    await proxy.close();
  }
});
