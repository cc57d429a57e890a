import { offerId, type Offer, type PlacementId } from '@offerstream/contracts';
import { kafkaBrokers } from '@offerstream/testing';
import { newKey, startGateway, until, type Answer, type RunningGateway } from '../running-gateway.fixture.js';
import { ANNA, DEMO, HOME, MODEL } from '../shop.fixture.js';
import { answeredOffer } from './offer-schemas.js';

const key = newKey();
let gateway: RunningGateway;

const offerOf = (...items: readonly string[]): Offer => ({
  id: offerId(DEMO, ANNA, '0:7', { placement: HOME.id, model: { name: MODEL, version: '1' }, strategy: 'personal' }),
  revision: 7,
  tenant: DEMO,
  subject: ANNA,
  placement: HOME.id,
  items: items.map((item, index) => ({ item: item as never, rank: index + 1, score: 1, strategy: 'personal' })),
  model: { name: MODEL, version: '1' },
  cause: { messageId: 'm', eventTime: '2026-11-24T10:00:00.000Z' },
  validUntil: '2099-01-01T00:00:00.000Z',
});

const read = (subject: string, placement = 'home') =>
  gateway.call('GET', `/v1/offers/${encodeURIComponent(subject)}?placement=${placement}`, { key });

const shown = ({ body }: Answer): string[] =>
  (body['items'] as Offer['items']).map(({ item, strategy }) => `${item} ${strategy}`);

beforeAll(async () => {
  gateway = await startGateway(await kafkaBrokers());
  for (const item of ['shoe', 'sock', 'hat', 'coat', 'belt']) await gateway.putItem(DEMO, item);
  await gateway.promote(DEMO, { popular: ['sock', 'coat', 'belt'] as never[] });
  await gateway.setTenant(DEMO, [key]);
  await until(async () => (await read('nobody')).status === 200 && shown(await read('nobody')).length === 3);
});
afterAll(() => gateway.stop());

describe('GET /v1/offers/{subject}', () => {
  it.each([
    ['with its terms', true],
    ['without, as before', false],
  ])('answers an offer stored %s with the bytes that went out on the topic', async (_, haveTerms) => {
    const offer = offerOf('shoe', 'sock', 'hat');
    await gateway.saveShopper(DEMO, ANNA, { offers: [offer], haveTerms });
    const answer = await read(ANNA);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.text).toBe(JSON.stringify(offer));
    expect(answeredOffer.parse(answer.body)).toEqual(answer.body);
  });

  it('leaves out what has become unavailable or was deleted, as soon as the catalog says so, and fills up', async () => {
    await gateway.saveShopper(DEMO, ANNA, { offers: [offerOf('shoe', 'sock', 'hat')] });
    await gateway.putItem(DEMO, 'shoe', { available: false });
    await gateway.putItem(DEMO, 'hat', null);
    await until(async () => shown(await read(ANNA)).join() === 'sock personal,coat popular,belt popular');
    await gateway.putItem(DEMO, 'shoe');
    await gateway.putItem(DEMO, 'hat');
    await until(async () => shown(await read(ANNA)).join() === 'shoe personal,sock personal,hat personal');
  });

  it('gives a shopper of whom nothing is known popular items, marked so, with an id of his own', async () => {
    const [first, second] = [await read('nobody'), await read('nobody-else')];
    expect(shown(first)).toEqual(['sock popular', 'coat popular', 'belt popular']);
    expect(first.body).toMatchObject({ subject: 'nobody', placement: 'home', revision: null, cause: null });
    expect(answeredOffer.parse(first.body)).toEqual(first.body);
    expect(second.body['id']).not.toBe(first.body['id']);
  });

  it('takes any subject as a path has it, up to 200 bytes', async () => {
    const subject = 'änna/1 ?&:';
    const answer = await read(subject);
    expect([answer.status, answer.body['subject']]).toEqual([200, subject]);
    expect((await read('x'.repeat(200))).status).toBe(200);
    expect((await read('x'.repeat(201))).status).toBe(400);
    expect((await read('ä'.repeat(101))).status).toBe(400);
  });

  it('has a placement’s own offer, and popular items for a placement that the shopper has none of', async () => {
    const cart = { ...offerOf('hat'), placement: 'cart' as PlacementId };
    await gateway.saveShopper(DEMO, ANNA, { offers: [offerOf('shoe'), cart] });
    await gateway.setTenant(DEMO, [key], {
      placements: [HOME, { ...HOME, id: 'cart' as PlacementId }, { ...HOME, id: 'mail' as PlacementId, slots: 1 }],
    });
    await until(async () => (await read(ANNA, 'mail')).status === 200);
    expect(shown(await read(ANNA, 'cart'))).toEqual(['hat personal']);
    expect(shown(await read(ANNA, 'mail'))).toEqual(['sock popular']);
  });

  it('fills a placement whose model is not promoted with the tenant’s popular items, and names no model', async () => {
    await gateway.setTenant(DEMO, [key], {
      placements: [HOME, { ...HOME, id: 'waiting' as PlacementId, model: 'demo.not-yet' }],
    });
    await until(async () => (await read('nobody', 'waiting')).status === 200);
    const answer = await read('nobody', 'waiting');
    expect(shown(answer)).toEqual(['sock popular', 'coat popular', 'belt popular']);
    expect(answer.body['model']).toBeNull();
  });

  it.each([
    ['404 for a placement that the tenant has not', '/v1/offers/anna?placement=nowhere', 404, 'placement-unknown'],
    ['400 without a placement', '/v1/offers/anna', 400, 'invalid'],
    ['400 for a parameter that nobody knows', '/v1/offers/anna?placement=home&x=1', 400, 'invalid'],
  ])('answers %s', async (_, path, status, code) => {
    const answer = await gateway.call('GET', path, { key });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('serves on while Kafka has nothing new, and says that it is ready', () => {
    expect(gateway.health.ready()).toMatchObject({ ok: true });
  });
});
