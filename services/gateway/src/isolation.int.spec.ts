import {
  ACTION,
  itemHash,
  offerId,
  originCode,
  vectorText,
  type ItemId,
  type Offer,
  type PlacementId,
  type SubjectId,
  type TenantId,
} from '@offerstream/contracts';
import { kafkaBrokers, tempFolder } from '@offerstream/testing';
import { photoOf, storeBackbone, storeColours } from './images/trained-images.fixture.js';
import { storeTrigrams } from './language/trained-language.fixture.js';
import { newKey, startGateway, until, type Answer, type RunningGateway } from './running-gateway.fixture.js';
import { HOME } from './shop.fixture.js';
import { startInference } from './trained-shop.fixture.js';

const MINE = 'mine' as TenantId;
const THEIRS = 'theirs' as TenantId;
const myKey = newKey();
const theirKey = newKey();

/** A shopper of both shops, and one of theirs alone. */
const SHARED = 'anna' as SubjectId;
const THEIR_SUBJECT = 'theodor' as SubjectId;
const THEIR_PLACEMENT = 'their-place' as PlacementId;
const THEIR_MODEL = 'theirs.behaviour';
const MY_LANGUAGE = 'mine.language';
const THEIR_LANGUAGE = 'theirs.language';
const THEIR_IMAGES = 'theirs.vision';
const MY_IMAGES = 'mine.colours';
/** What looks at the pictures of both. */
const SHARED_IMAGES = 'efficientnet-lite0';
const PHOTO = photoOf([255, 0, 0]).toString('base64');
const MY_ITEMS = ['m-shoe', 'm-sock', 'm-hat'];
const THEIR_ITEMS = ['t-shoe', 't-sock', 't-hat'];
const THEIR_OFFER = offerId(THEIRS, SHARED, '0:7', {
  placement: HOME.id,
  model: { name: THEIR_MODEL, version: '1' },
  strategy: 'personal',
});

interface Try {
  /** What of theirs is asked for, with my key. */
  readonly what: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** What must come. */
  readonly comes: (answer: Answer) => void | Promise<void>;
}

const comes =
  (status: number, body: object) =>
  (answer: Answer): void => {
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining(body)]);
  };
const mineAlone = (answer: Answer): void => {
  expect(answer.status).toBe(200);
  const items = answer.body['items'] as readonly { readonly item: string }[];
  expect(items.map(({ item }) => item)).toEqual(MY_ITEMS.slice(0, items.length));
};
const nothing = comes(200, { items: [] });

let inference: Awaited<ReturnType<typeof startInference>>;
let gateway: RunningGateway;

/** For each operation of the document: what is tried, and what must come. An operation that is not here fails the test. */
const TRIES: Readonly<Record<string, readonly Try[]>> = {
  getOffer: [
    { what: 'subject', method: 'GET', path: `/v1/offers/${THEIR_SUBJECT}?placement=home`, comes: mineAlone },
    { what: 'shopper that is mine too', method: 'GET', path: `/v1/offers/${SHARED}?placement=home`, comes: mineAlone },
    {
      what: 'placement',
      method: 'GET',
      path: `/v1/offers/${SHARED}?placement=${THEIR_PLACEMENT}`,
      comes: comes(404, { code: 'placement-unknown' }),
    },
    {
      what: 'subject and copy',
      method: 'GET',
      path: `/v1/offers/${THEIR_SUBJECT}?placement=home&copy=true`,
      comes(answer) {
        mineAlone(answer);
        expect(answer.body['copy']).toMatchObject({ model: { name: MY_LANGUAGE } });
      },
    },
  ],
  recommend: [
    {
      what: 'subject',
      method: 'POST',
      path: '/v1/recommendations',
      body: { subject: THEIR_SUBJECT },
      comes: mineAlone,
    },
    {
      what: 'subject and reasons',
      method: 'POST',
      path: '/v1/recommendations',
      body: { subject: THEIR_SUBJECT, context: THEIR_ITEMS, explain: true },
      comes: mineAlone,
    },
    {
      what: 'items',
      method: 'POST',
      path: '/v1/recommendations',
      body: { history: THEIR_ITEMS.map((item) => ({ item })), context: THEIR_ITEMS },
      comes: mineAlone,
    },
    {
      what: 'model',
      method: 'POST',
      path: '/v1/recommendations',
      body: { subject: SHARED, model: THEIR_MODEL },
      comes: comes(404, { code: 'model-unknown' }),
    },
    {
      what: 'placement',
      method: 'POST',
      path: '/v1/recommendations',
      body: { subject: SHARED, placement: THEIR_PLACEMENT },
      comes: comes(404, { code: 'placement-unknown' }),
    },
  ],
  rank: [
    {
      what: 'items',
      method: 'POST',
      path: '/v1/rank',
      body: { subject: SHARED, items: THEIR_ITEMS },
      comes: comes(200, { model: null, items: [], unavailable: THEIR_ITEMS }),
    },
    {
      what: 'subject',
      method: 'POST',
      path: '/v1/rank',
      body: { subject: THEIR_SUBJECT, items: MY_ITEMS.toReversed() },
      comes: mineAlone,
    },
    {
      what: 'model',
      method: 'POST',
      path: '/v1/rank',
      body: { subject: SHARED, model: THEIR_MODEL, items: MY_ITEMS },
      comes: comes(404, { code: 'model-unknown' }),
    },
    {
      what: 'placement',
      method: 'POST',
      path: '/v1/rank',
      body: { subject: SHARED, placement: THEIR_PLACEMENT, items: MY_ITEMS },
      comes: comes(404, { code: 'placement-unknown' }),
    },
  ],
  listSimilar: [
    {
      what: 'item',
      method: 'GET',
      path: `/v1/items/${THEIR_ITEMS[0]}/similar`,
      comes: comes(404, { code: 'item-unknown' }),
    },
  ],
  listBoughtTogether: [
    {
      what: 'item',
      method: 'GET',
      path: `/v1/items/${THEIR_ITEMS[0]}/bought-together`,
      comes: comes(404, { code: 'item-unknown' }),
    },
  ],
  listTrending: [{ what: 'trends', method: 'GET', path: '/v1/trending', comes: mineAlone }],
  listRecentlyViewed: [
    { what: 'subject', method: 'GET', path: `/v1/subjects/${THEIR_SUBJECT}/recently-viewed`, comes: nothing },
    { what: 'shopper that is mine too', method: 'GET', path: `/v1/subjects/${SHARED}/recently-viewed`, comes: nothing },
  ],
  listBuyAgain: [
    { what: 'subject', method: 'GET', path: `/v1/subjects/${THEIR_SUBJECT}/buy-again`, comes: nothing },
    { what: 'shopper that is mine too', method: 'GET', path: `/v1/subjects/${SHARED}/buy-again`, comes: nothing },
  ],
  listModels: [
    {
      what: 'models',
      method: 'GET',
      path: '/v1/models',
      comes: comes(200, { data: [expect.objectContaining({ id: MY_LANGUAGE })] }),
    },
  ],
  getModel: [
    {
      what: 'model',
      method: 'GET',
      path: `/v1/models/${THEIR_LANGUAGE}`,
      comes: comes(404, { code: 'model-unknown' }),
    },
  ],
  createCompletion: [
    {
      what: 'model',
      method: 'POST',
      path: '/v1/completions',
      body: { model: THEIR_LANGUAGE, prompt: 'set of' },
      comes: comes(404, { code: 'model-unknown' }),
    },
  ],
  createEmbeddings: [
    {
      what: 'encoder',
      method: 'POST',
      path: '/v1/embeddings',
      body: { model: 'theirs.encoder', input: 'set of' },
      comes: comes(404, { code: 'model-unknown' }),
    },
  ],
  scoreText: [
    {
      what: 'model',
      method: 'POST',
      path: '/v1/language/score',
      body: { model: THEIR_LANGUAGE, text: 'set of' },
      comes: comes(404, { code: 'model-unknown' }),
    },
  ],
  writeCopy: [
    {
      what: 'item',
      method: 'POST',
      path: '/v1/language/copy',
      body: { item: THEIR_ITEMS[0] },
      comes: comes(404, { code: 'item-unknown' }),
    },
    {
      what: 'model',
      method: 'POST',
      path: '/v1/language/copy',
      body: { item: MY_ITEMS[0], model: THEIR_LANGUAGE },
      comes: comes(404, { code: 'model-unknown' }),
    },
    {
      what: 'placement',
      method: 'POST',
      path: '/v1/language/copy',
      body: { item: MY_ITEMS[0], placement: THEIR_PLACEMENT },
      comes: comes(404, { code: 'placement-unknown' }),
    },
  ],
  suggest: [
    {
      what: 'titles',
      method: 'GET',
      path: '/v1/search/suggest?q=theirs',
      comes: comes(200, { suggestions: [], language: { name: MY_LANGUAGE, version: '1' } }),
    },
    {
      what: 'subject',
      method: 'GET',
      path: `/v1/search/suggest?q=mine&subject=${THEIR_SUBJECT}`,
      comes(answer) {
        const suggestions = answer.body['suggestions'] as readonly { readonly text: string }[];
        expect(suggestions.map(({ text }) => text).toSorted()).toEqual(
          MY_ITEMS.map((item) => `mine ${item}`).toSorted(),
        );
      },
    },
  ],
  search: [
    { what: 'titles', method: 'GET', path: '/v1/search?q=theirs', comes: nothing },
    { what: 'subject', method: 'GET', path: `/v1/search?q=theirs&subject=${THEIR_SUBJECT}`, comes: nothing },
  ],
  classifyImage: [
    {
      what: 'model',
      method: 'POST',
      path: '/v1/images/classify',
      body: { image: PHOTO, model: THEIR_IMAGES },
      comes: comes(404, { code: 'model-unknown' }),
    },
    {
      what: 'item',
      method: 'POST',
      path: '/v1/images/classify',
      body: { item: THEIR_ITEMS[0], model: MY_IMAGES },
      comes: comes(404, { code: 'item-unknown' }),
    },
  ],
  embedImages: [
    {
      what: 'model',
      method: 'POST',
      path: '/v1/images/embed',
      body: { images: [PHOTO], model: THEIR_IMAGES },
      comes: comes(404, { code: 'model-unknown' }),
    },
    {
      what: 'item',
      method: 'POST',
      path: '/v1/images/embed',
      body: { items: THEIR_ITEMS, model: SHARED_IMAGES },
      comes: comes(404, { code: 'item-unknown' }),
    },
  ],
  listItemsLikeImage: [
    {
      what: 'item',
      method: 'POST',
      path: '/v1/images/similar',
      body: { item: THEIR_ITEMS[0] },
      comes: comes(404, { code: 'item-unknown' }),
    },
    {
      what: 'pictures',
      method: 'POST',
      path: '/v1/images/similar',
      body: { image: PHOTO },
      comes: comes(409, { code: 'vectors-missing' }),
    },
  ],
  searchByPhoto: [
    {
      what: 'pictures',
      method: 'POST',
      path: '/v1/search',
      body: { image: PHOTO },
      comes: comes(409, { code: 'vectors-missing' }),
    },
    { what: 'titles', method: 'POST', path: '/v1/search', body: { q: 'theirs', image: PHOTO }, comes: nothing },
  ],
  reportOutcomes: [
    {
      what: 'offer and subject',
      method: 'POST',
      path: '/v1/outcomes',
      body: { outcomes: [{ id: 'stolen', type: 'click', offerId: THEIR_OFFER, subject: THEIR_SUBJECT }] },
      async comes(answer) {
        comes(202, { accepted: 1 })(answer);
        const [record] = (await gateway.records('outcomes')).filter(
          ({ headers }) => String(headers['ce_id']) === 'stolen',
        );
        expect([String(record?.key), String(record?.headers['ce_source'])]).toEqual([
          `mine:${THEIR_SUBJECT}`,
          '/tenants/mine',
        ]);
        expect(JSON.parse(String(record?.value))).toMatchObject({ tenant: 'mine' });
        // No origin of mine has the code that their offer carries, so nothing of mine can be owed to it, and nothing of theirs.
        const origin = {
          placement: HOME.id,
          model: { name: THEIR_MODEL, version: '1' },
          strategy: 'personal',
        } as const;
        expect(originCode(MINE, origin)).not.toBe(originCode(THEIRS, origin));
      },
    },
  ],
};

const theirOffer = (subject: SubjectId, placement: PlacementId): Offer => ({
  id: THEIR_OFFER,
  revision: 7,
  tenant: THEIRS,
  subject,
  placement,
  items: THEIR_ITEMS.map((item, index) => ({ item: item as ItemId, rank: index + 1, score: 1, strategy: 'personal' })),
  model: { name: THEIR_MODEL, version: '1' },
  cause: { messageId: 'their-message', eventTime: '2026-11-24T10:00:00.000Z' },
  validUntil: '2099-01-01T00:00:00.000Z',
});

const setUpShop = async (
  tenant: TenantId,
  items: readonly string[],
  placements: readonly PlacementId[],
): Promise<void> => {
  for (const item of items) await gateway.putItem(tenant, item, { title: `${tenant} ${item}` });
  await gateway.promote(tenant, { name: `${tenant}.behaviour`, popular: items as ItemId[] });
  await gateway.setTenant(tenant, [tenant === MINE ? myKey : theirKey], {
    placements: placements.map((id) => ({ ...HOME, id, model: `${tenant}.behaviour` })),
  });
};

beforeAll(async () => {
  const repository = await tempFolder();
  for (const name of [MY_LANGUAGE, THEIR_LANGUAGE]) await storeTrigrams(repository, name);
  for (const name of [THEIR_IMAGES, MY_IMAGES]) await storeColours(repository, name);
  await storeBackbone(repository, SHARED_IMAGES);
  inference = await startInference(repository);
  gateway = await startGateway(await kafkaBrokers(), {
    INFERENCE_ADDRESS: inference.address,
    MODELS_DIR: repository,
  });
  for (const subject of [SHARED, THEIR_SUBJECT])
    await gateway.saveShopper(THEIRS, subject, {
      history: THEIR_ITEMS.flatMap((item) =>
        [ACTION.view, ACTION.purchase].map((action) => ({
          itemHash: itemHash(THEIRS, item as ItemId),
          action,
          timeSeconds: 1_700_000_000,
        })),
      ),
      offers: [theirOffer(subject, HOME.id), theirOffer(subject, THEIR_PLACEMENT)],
    });
  await setUpShop(MINE, MY_ITEMS, [HOME.id]);
  await setUpShop(THEIRS, THEIR_ITEMS, [HOME.id, THEIR_PLACEMENT]);
  await gateway.put('trends', 'theirs:a', {
    tenant: THEIRS,
    source: 'a',
    at: new Date().toISOString(),
    halfLifeSeconds: 3_600,
    items: THEIR_ITEMS.map((item) => ({ item, weight: 3 })),
  });
  await until(async () => {
    const answer = await gateway.call('GET', '/v1/trending', { key: theirKey });
    return answer.status === 200 && answer.text.includes('trends') && answer.text.includes('t-hat');
  });
  await until(async () => (await gateway.call('GET', '/v1/models', { key: theirKey })).text.includes(THEIR_LANGUAGE));
  await until(async () => (await send(TRIES['classifyImage']?.[0] as Try, theirKey)).status === 200);
  const vector = vectorText(Float32Array.of(1, 0, 0));
  for (const item of THEIR_ITEMS)
    await gateway.put('item-vectors', `theirs:${item}`, {
      id: item,
      image: { model: THEIR_IMAGES, version: '1', vector },
    });
  await until(async () => (await send(TRIES['searchByPhoto']?.[0] as Try, theirKey)).text.includes('t-hat'));
  await until(async () => (await send(TRIES['searchByPhoto']?.[0] as Try, myKey)).status === 409);
  for (const [key, item] of [
    [myKey, 'm-hat'],
    [theirKey, 't-hat'],
  ] as const)
    await until(async () => (await gateway.call('GET', `/v1/search?q=${item}`, { key })).text.includes(item));
});
afterAll(async () => {
  await gateway.stop();
  await inference.stop();
});

interface Documented {
  readonly operationId: string;
}
const operations = async (): Promise<readonly string[]> => {
  const { body } = await gateway.call('GET', '/openapi.json');
  const paths = Object.values(body['paths'] as Record<string, Record<string, Documented>>);
  return paths.flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
};

const send = ({ method, path, body }: Try, key: typeof myKey): Promise<Answer> =>
  gateway.call(method, path, { key, body });

it('every operation of the document has its entry here, and nothing else has', async () => {
  expect([...(await operations())].toSorted()).toEqual(Object.keys(TRIES).toSorted());
});

describe.each(Object.entries(TRIES))('%s', (_, tries) => {
  it.each(tries.map((each) => [each.what, each] as const))('with my key, asked for their %s', async (_what, each) => {
    const answer = await send(each, myKey);
    await each.comes(answer);
    // Neither their items nor anything else that is theirs; an answer may name what was asked for.
    for (const secret of ['their-message', 'theirs t-', `"tenant":"theirs"`]) expect(answer.text).not.toContain(secret);
  });

  it('with my key, naming their tenant', async () => {
    for (const each of tries) {
      const path = `${each.path}${each.path.includes('?') ? '&' : '?'}tenant=theirs`;
      const answer = await send({ ...each, path }, myKey);
      expect([answer.status, answer.body['code']]).toEqual([404, 'tenant-unknown']);
    }
  });

  it('with a key that nobody has', async () => {
    for (const each of tries) expect((await send(each, newKey())).status).toBe(401);
  });
});

it('their own key gets what is theirs, so that there is something to be kept', async () => {
  for (const [operation, theirs] of [
    ['getOffer', 'their-message'],
    ['recommend', 't-shoe'],
    ['rank', '"rank":3'],
    ['listSimilar', 't-sock'],
    ['listBoughtTogether', 't-sock'],
    ['listTrending', 't-shoe'],
    ['listRecentlyViewed', 't-shoe'],
    ['listBuyAgain', 't-shoe'],
    ['listModels', THEIR_LANGUAGE],
    ['getModel', THEIR_LANGUAGE],
    ['createCompletion', '"finish_reason"'],
    ['scoreText', '"perplexity"'],
    ['writeCopy', '"text"'],
    ['suggest', 'theirs t-shoe'],
    ['search', 't-shoe'],
    ['classifyImage', '"red"'],
    ['embedImages', '"embedding"'],
    ['listItemsLikeImage', 't-sock'],
    ['searchByPhoto', 't-shoe'],
  ] as const) {
    const [first] = TRIES[operation] ?? [];
    const answer = await send(first as Try, theirKey);
    expect([operation, answer.text]).toEqual([operation, expect.stringContaining(theirs)]);
  }
});
