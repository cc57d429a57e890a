import { offerId, type ItemId, type Offer } from '@offerstream/contracts';
import { kafkaBrokers, startOwnValkey } from '@offerstream/testing';
import { newKey, startGateway, until } from './running-gateway.fixture.js';
import { ANNA, DEMO, HOME, item } from './shop.fixture.js';

const key = newKey();
const OFFER: Offer = {
  id: offerId(DEMO, ANNA, '0:7', { placement: HOME.id, model: undefined, strategy: 'personal' }),
  revision: 7,
  tenant: DEMO,
  subject: ANNA,
  placement: HOME.id,
  items: [{ item: item('hat'), rank: 1, score: 0.5, strategy: 'personal' }],
  model: null,
  cause: { messageId: 'm', eventTime: '2026-11-24T10:00:00.000Z' },
  validUntil: '2099-01-01T00:00:00.000Z',
};

it('reads profiles from Valkey, answers with popular items while that is away, and heals by itself', async () => {
  const valkey = await startOwnValkey();
  const gateway = await startGateway(await kafkaBrokers(), { PROFILES_URL: valkey.url });
  try {
    for (const name of ['hat', 'shoe']) await gateway.putItem(DEMO, name);
    await gateway.promote(DEMO, { popular: ['shoe'] as ItemId[] });
    await gateway.setTenant(DEMO, [key]);
    await gateway.saveShopper(DEMO, ANNA, { offers: [OFFER] });
    const read = async (): Promise<string> =>
      (await gateway.call('GET', '/v1/offers/anna?placement=home', { key })).text;
    await until(async () => (await read()) === JSON.stringify(OFFER));
    await until(() => gateway.health.ready().ok);

    await valkey.kill();
    const answer = await gateway.call('GET', '/v1/offers/anna?placement=home', { key });
    expect([answer.status, answer.body['items']]).toEqual([
      200,
      [{ item: 'shoe', rank: 1, score: 0, strategy: 'popular' }],
    ]);
    expect(await gateway.metrics.getSingleMetricAsString('gateway_degraded_answers_total')).toContain(
      '{missing="profiles"}',
    );
    expect(gateway.health.ready().ok).toBe(true);

    await valkey.restart();
    await until(async () => (await read()) === JSON.stringify(OFFER));
  } finally {
    await gateway.stop();
    await valkey.stop();
  }
});
