import { offerId, type Offer, type PlacementId, type TenantId } from '@offerstream/contracts';
import { kafkaBrokers, tempFolder } from '@offerstream/testing';
import { storeTrigrams } from '../language/trained-language.fixture.js';
import { newKey, startGateway, until, type Answer, type RunningGateway } from '../running-gateway.fixture.js';
import { ANNA, DEMO, HOME, item, MODEL } from '../shop.fixture.js';
import { answeredOffer } from './offer-schemas.js';

const key = newKey();
const reader = newKey({ scopes: ['offers:read'] });
const LANGUAGE = 'demo.language';
/** A shop without a language model. */
const BARE = 'bare' as TenantId;
const bareKey = newKey();

let gateway: RunningGateway;

const MAIL = { ...HOME, id: 'mail' as PlacementId, copyTemplates: ['{new|red|blue} {category}: {title}'] };

const offerIn = (placement: PlacementId): Offer => ({
  id: offerId(DEMO, ANNA, '0:7', { placement, model: { name: MODEL, version: '1' }, strategy: 'personal' }),
  revision: 7,
  tenant: DEMO,
  subject: ANNA,
  placement,
  items: ['mug', 'stand', 'thing'].map((id, index) => ({
    item: item(id),
    rank: index + 1,
    score: 1,
    strategy: 'personal',
  })),
  model: { name: MODEL, version: '1' },
  cause: { messageId: 'm', eventTime: '2026-11-24T10:00:00.000Z' },
  validUntil: '2099-01-01T00:00:00.000Z',
});

const read = (query: string, by = key, headers = {}): Promise<Answer> =>
  gateway.call('GET', `/v1/offers/${ANNA}?${query}`, { key: by, headers });
const copyIn = ({ body }: Answer) => answeredOffer.parse(body).copy;
const isInTime = (answer: Answer): boolean => copyIn(answer)?.problem?.code !== 'timed-out';
/** On a busy machine a copy may take longer than an offer waits for it: it is asked for until it does not. */
const readInTime = async (query: string, by = key): Promise<Answer> => {
  let answer = await read(query, by);
  while (!isInTime(answer)) answer = await read(query, by);
  return answer;
};
const copyOf = ({ body }: Answer) => answeredOffer.parse(body).items.map(({ copy }) => copy);
beforeAll(async () => {
  const repository = await tempFolder();
  await storeTrigrams(repository, LANGUAGE);
  gateway = await startGateway(await kafkaBrokers(), { MODELS_DIR: repository });
  await gateway.putItem(DEMO, 'mug', { title: 'Red Retrospot Mug', categories: ['Kitchen', 'Mugs'], price: 2.5 });
  await gateway.putItem(DEMO, 'stand', { title: 'Cake Stand', categories: ['Kitchen'] });
  await gateway.putItem(DEMO, 'thing', {});
  await gateway.putItem(BARE, 'mug', { title: 'Red Mug' });
  await gateway.promote(BARE, { name: 'bare.behaviour', popular: [item('mug')] });
  await gateway.saveShopper(DEMO, ANNA, { offers: [offerIn(MAIL.id), offerIn(HOME.id)] });
  await gateway.setTenant(DEMO, [key, reader], { placements: [HOME, MAIL] });
  await gateway.setTenant(BARE, [bareKey], { placements: [{ ...HOME, model: 'bare.behaviour' }] });
  await until(async () => (await gateway.call('GET', '/v1/models', { key })).text.includes(LANGUAGE));
  await until(async () => (await read('placement=home', bareKey)).text.includes('"mug"'));
});
afterAll(() => gateway.stop());

it('a stored offer carries a text of each item that a template of its placement fits, the same each time', async () => {
  const answer = await readInTime('placement=mail&copy=true');
  expect(answer.status).toBe(200);
  const [mug, stand, thing] = copyOf(answer);
  expect(mug).toMatch(/^(new|red|blue) Mugs: Red Retrospot Mug$/);
  expect(stand).toMatch(/^(new|red|blue) Kitchen: Cake Stand$/);
  expect(thing).toBeNull();
  const { items, copy, ...offer } = answeredOffer.parse(answer.body);
  const { items: stored, ...rest } = offerIn(MAIL.id);
  expect(offer).toEqual(rest);
  expect(items.map(({ item: id, rank, score, strategy }) => ({ item: id, rank, score, strategy }))).toEqual(stored);
  expect(copy).toEqual({
    model: { name: LANGUAGE, version: '1' },
    usage: { total_tokens: expect.any(Number) as number },
    problem: null,
  });
  for (let again = 0; again < 3; again++) expect((await readInTime('placement=mail&copy=true')).text).toBe(answer.text);
});

it('without `copy` it is the bytes that went out on the topic', async () => {
  for (const query of ['placement=mail', 'placement=mail&copy=false']) {
    expect((await read(query, reader)).text).toBe(JSON.stringify(offerIn(MAIL.id)));
  }
});

it('a placement without templates has copy of those that are built in', async () => {
  const [mug, stand, thing] = copyOf(await readInTime('placement=home&copy=true'));
  expect(mug).toMatch(/Red Retrospot Mug|Mugs/);
  expect(stand).toMatch(/Cake Stand|Kitchen/);
  expect(thing).toBeNull();
});

it('a shop without a language model has its offer all the same, which says why', async () => {
  const missing = async (): Promise<number> =>
    Number(/^gateway_degraded_answers_total\{missing="copy"\} (\d+)$/m.exec(await gateway.metrics.metrics())?.[1] ?? 0);
  const before = await missing();
  const answer = await read('placement=home&copy=true', bareKey);
  expect([answer.status, copyOf(answer)]).toEqual([200, [null]]);
  expect(answer.body['copy']).toMatchObject({
    model: null,
    usage: { total_tokens: 0 },
    problem: { code: 'model-unknown', fix: expect.stringContaining('npm run train -- language') as string },
  });
  expect(await missing()).toBe(before + 1);
});

it('needs a key that may use language models beside one that reads offers', async () => {
  const answer = await read('placement=mail&copy=true', reader);
  expect([answer.status, answer.body['code'], answer.body['reason']]).toEqual([
    403,
    'scope-missing',
    expect.stringContaining('language:use'),
  ]);
  const refused = await read('placement=mail&copy=yes');
  expect([refused.status, refused.body['code']]).toEqual([400, 'invalid']);
});

it('what the answer says is what is paid, and once for a repeated request; an offer counts beside it', async () => {
  const settled = async (): Promise<readonly [tokens: number, offers: number]> => {
    const counts = await gateway.charged(DEMO, key);
    return [counts['tokens'] ?? 0, counts['offers'] ?? 0];
  };
  const [tokens, offers] = await settled();
  let asked = 0;
  let used = 0;
  const ask = (headers: object) => ((asked += 1), read('placement=mail&copy=true', key, headers));
  const askAnew = async () => {
    const headers = { 'idempotency-key': `0123456789abcde${asked}` };
    const answer = await ask(headers);
    used += copyIn(answer)?.usage.total_tokens ?? NaN;
    return { headers, answer };
  };
  let first = await askAnew();
  while (!isInTime(first.answer)) first = await askAnew();
  await until(async () => (await ask(first.headers)).text === first.answer.text);
  expect(used).toBeGreaterThan(8);
  expect(await settled()).toEqual([tokens + used, offers + asked]);
});

it('where the plan has no tokens left the offer is there, and nothing is paid', async () => {
  await gateway.setTenant(DEMO, [key], {
    placements: [HOME, MAIL],
    allowance: { plan: 'small', limits: { tokens: 1 }, whileUnknown: 'refuse', requestsPerSecond: 1_000 },
  });
  await until(async () => JSON.stringify((await read('placement=mail&copy=true')).body).includes('quota-unknown'));
  const answer = await read('placement=mail&copy=true');
  expect([answer.status, copyOf(answer)]).toEqual([200, [null, null, null]]);
});
