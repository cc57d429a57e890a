import type { ItemId, SubjectId } from '@offerstream/contracts';
import type { Habit, ScoredItem, Suggestion } from '@offerstream/search';
import { ANNA, tenant } from '../shop.fixture.js';
import { ItemSearch } from './item-search.js';
import type { FindRequest, Found } from './shop-index.js';
import type { ModelledTaste } from './taste.js';
import type { ServingEncoder } from '../models/model-folder.js';

const ENCODER: ServingEncoder = { name: 'meaning', version: '1', folder: '/meaning/1', createdMs: 0, dimensions: 2 };
const SPACES = [{ encoder: 'meaning/1', dimensions: 2 }];
const VISION = { name: 'demo.vision', version: '3', folder: '/vision/3', createdMs: 0, dimensions: 2, classes: 0 };
const LOOK = { space: { encoder: 'demo.vision/3', dimensions: 2 }, values: Float32Array.of(0, 1) };
const PHOTO = { bytes: Uint8Array.of(1), signal: new AbortController().signal };
const id = (name: string): ItemId => name as ItemId;
const ranked = (...names: readonly string[]) => names.map((name, index) => ({ item: id(name), score: 9 - index }));
const HABIT: Habit = new Map([[id('bag'), 1]]);

const setUp = (
  over: {
    found?: Partial<Found>;
    suggestions?: readonly Suggestion[];
    alike?: readonly ScoredItem[];
    taste?: ModelledTaste;
  } = {},
) => {
  const asked: [string, unknown][] = [];
  const tasted: (readonly [SubjectId | undefined, readonly ItemId[]])[] = [];
  const state = {
    waitingCount: 0,
    hasEncoder: true,
    encoder: undefined as ServingEncoder | undefined,
    vector: Float32Array.of(1, 0) as Float32Array<ArrayBuffer> | Error,
    areKnown: true,
    photos: 0,
    withoutEncoder: 0,
  };
  const search = new ItemSearch({
    thread: {
      get waitingCount() {
        return state.waitingCount;
      },
      ask: (_tenant, kind, ask) => {
        asked.push([kind, ask]);
        const { suggestions = [], alike } = over;
        const found: Found = { lexical: [], vector: [], picture: undefined, ...over.found };
        return Promise.resolve((kind === 'find' ? found : kind === 'alike' ? alike : suggestions) as never);
      },
    },
    wanted: { tell: () => Promise.resolve({ name: 'demo.language', version: '3', folder: '/', createdMs: 0 }) },
    taste: {
      habit: (_tenant, subject) => Promise.resolve(subject === ANNA ? HABIT : new Map()),
      forItems: (_tenant, subject, items) => {
        tasted.push([subject, items]);
        return Promise.resolve(over.taste ?? { model: null, affinity: undefined });
      },
    },
    embedder: {
      has: () => state.hasEncoder,
      encoderFor: (_tenant, spaces) => (spaces === SPACES ? state.encoder : undefined),
      embed: () =>
        state.vector instanceof Error
          ? Promise.reject(state.vector)
          : Promise.resolve({ vectors: state.vector, tokens: 1 }),
    },
    photos: {
      embed() {
        state.photos += 1;
        return Promise.resolve({ model: VISION, vector: LOOK });
      },
    },
    vectors: {
      get areKnown() {
        return state.areKnown;
      },
      textSpacesOf: () => SPACES,
    },
    onNotEmbedded: () => (state.withoutEncoder += 1),
  });
  return { search, state, asked, tasted };
};
const QUERY = { q: 'red', subject: ANNA, limit: 2 };

describe('suggestions', () => {
  it('are ranked by the language model, and by the habit of the shopper who types', async () => {
    const { search, asked } = setUp({
      suggestions: [
        { text: 'b', score: 2 },
        { text: 'a', score: 1 },
      ],
    });
    expect(await search.suggest(tenant(), QUERY)).toEqual({
      language: { name: 'demo.language', version: '3' },
      suggestions: [
        { text: 'b', rank: 1 },
        { text: 'a', rank: 2 },
      ],
    });
    await search.suggest(tenant(), { q: 'red', limit: 3 });
    expect(asked).toEqual([
      ['complete', { typed: 'red', limit: 2, habit: HABIT }],
      ['complete', { typed: 'red', limit: 3, habit: undefined }],
    ]);
  });
});

describe('a search', () => {
  it('is by words alone without an encoder, and says so', async () => {
    const { search, state, asked } = setUp({ found: { lexical: ranked('bag', 'box', 'cup'), vector: [] } });
    state.hasEncoder = false;
    const answer = await search.find(tenant(), QUERY);
    expect(answer).toMatchObject({
      encoder: null,
      model: null,
      items: [
        { item: 'bag', rank: 1 },
        { item: 'box', rank: 2 },
      ],
    });
    expect(asked).toEqual([
      ['find', { query: 'red', vector: undefined, picture: undefined, limit: 100, category: undefined }],
    ]);
    expect(state.withoutEncoder).toBe(0);
  });

  it('is by words alone while no title has a vector that an encoder can be asked for, which is counted', async () => {
    const { search, state } = setUp({ found: { lexical: ranked('bag') } });
    expect(await search.find(tenant(), QUERY)).toMatchObject({ encoder: null, items: [{ item: 'bag' }] });
    expect(state.withoutEncoder).toBe(1);
  });

  it('is by meaning too with one, and says which', async () => {
    const { search, state, asked } = setUp({ found: { lexical: ranked('bag', 'box'), vector: ranked('box') } });
    state.encoder = ENCODER;
    const answer = await search.find(tenant(), { ...QUERY, category: ['Home'] });
    expect(answer.encoder).toEqual({ name: 'meaning', version: '1' });
    expect(answer.items.map(({ item }) => item)).toEqual(['box', 'bag']);
    const [, request] = asked[0] as [string, FindRequest];
    expect(request.vector?.space).toEqual({ encoder: 'meaning/1', dimensions: 2 });
    expect(request.category).toEqual(['Home']);
  });

  it('means nothing without a letter or a digit', async () => {
    const { search, state, asked } = setUp();
    state.encoder = ENCODER;
    for (const q of ['!!!', '\u{1f45f}', ' ']) await search.find(tenant(), { ...QUERY, q });
    await search.find(tenant(), { ...QUERY, q: '7' });
    expect(asked.map(([, ask]) => (ask as FindRequest).vector !== undefined)).toEqual([false, false, false, true]);
  });

  it.each([
    ['does not answer', new Error('away'), 1],
    ['knows no word of it', Float32Array.of(0, 0), 0],
  ])('is by words alone where the encoder %s', async (_, vector, failed) => {
    const { search, state } = setUp({ found: { lexical: ranked('bag'), vector: [] } });
    state.encoder = ENCODER;
    state.vector = vector;
    expect(await search.find(tenant(), QUERY)).toMatchObject({ encoder: null, items: [{ item: 'bag' }] });
    expect(state.withoutEncoder).toBe(failed);
  });

  it('is in the order of taste among what fits alike', async () => {
    const model = { name: 'demo.behaviour', version: '4' };
    const { search, tasted } = setUp({
      found: { lexical: ranked('bag', 'box'), vector: ranked('bag', 'cup') },
      taste: { model, affinity: (item) => (item === 'cup' ? 1 : 0) },
    });
    const answer = await search.find(tenant(), { ...QUERY, limit: 3 });
    expect(tasted).toEqual([[ANNA, ['bag', 'box', 'cup']]]);
    expect([answer.model, answer.items.map(({ item }) => item)]).toEqual([model, ['bag', 'cup', 'box']]);
  });
});

describe('a photo', () => {
  it('is searched by beside the words, and who looked at it is told', async () => {
    const { search, asked } = setUp({ found: { lexical: ranked('bag', 'box'), picture: ranked('box', 'cup') } });
    const answer = await search.find(tenant(), QUERY, PHOTO);
    expect(answer.imageModel).toEqual({ name: 'demo.vision', version: '3' });
    expect(answer.items.map(({ item }) => item)).toEqual(['box', 'bag']);
    expect(asked).toMatchObject([['find', { query: 'red', picture: LOOK }]]);
    expect(answer.imageProblem).toBeNull();
  });

  it('has items that look like it, and so has an item that a model has looked at', async () => {
    const { search, asked } = setUp({ alike: ranked('cup') });
    const items = [{ item: 'cup', rank: 1, score: 9 }];
    expect(await search.alike(tenant(), PHOTO, { limit: 2 })).toMatchObject({ model: { version: '3' }, items });
    expect(await search.alike(tenant(), id('bag'), { limit: 2 })).toMatchObject({ model: null, items });
    expect(asked).toMatchObject([
      ['alike', { like: LOOK, limit: 2 }],
      ['alike', { like: 'bag', limit: 2 }],
    ]);
    const nothing = setUp().search.alike(tenant(), id('bag'), { limit: 2 });
    await expect(nothing).rejects.toMatchObject({ details: { status: 404, code: 'picture-unknown' } });
  });
});

describe('a photo that can be compared with nothing', () => {
  const missing = { code: 'vectors-missing', reason: expect.stringContaining('version 3 of demo.vision') as string };
  const lexical = ranked('bag', 'box');

  it('leaves a search to the words, and the answer says why', async () => {
    const { search } = setUp({ found: { lexical } });
    expect(await search.find(tenant(), QUERY, PHOTO)).toMatchObject({
      imageModel: null,
      imageProblem: missing,
      items: [{ item: 'bag' }, { item: 'box' }],
    });
    expect(await search.find(tenant(), QUERY)).toMatchObject({ imageModel: null, imageProblem: null });
  });

  it.each(['', '!!!'])('is refused where there are no words beside it: "%s"', async (q) => {
    const finding = setUp().search.find(tenant(), { ...QUERY, q }, PHOTO);
    await expect(finding).rejects.toMatchObject({ details: { status: 409, ...missing, retryAfterSeconds: 5 } });
  });

  it('has nothing alike, which is no answer', async () => {
    const alike = setUp().search.alike(tenant(), PHOTO, { limit: 2 });
    await expect(alike).rejects.toMatchObject({ details: { status: 409, ...missing } });
  });

  it('is not looked at before what items look like has been read', async () => {
    const { search, state } = setUp({ found: { lexical }, alike: ranked('cup') });
    state.areKnown = false;
    const starting = { details: { status: 503, code: 'starting', retryAfterSeconds: 1 } };
    expect(await search.find(tenant(), QUERY, PHOTO)).toMatchObject({
      imageModel: null,
      imageProblem: { code: 'starting' },
    });
    await expect(search.find(tenant(), { ...QUERY, q: '' }, PHOTO)).rejects.toMatchObject(starting);
    for (const like of [PHOTO, id('bag')])
      await expect(search.alike(tenant(), like, { limit: 2 })).rejects.toMatchObject(starting);
    expect(state.photos).toBe(0);
  });

  it('while the search thread is made anew has to wait as well', async () => {
    const { search, state } = setUp();
    const alike = search.alike(tenant(), PHOTO, { limit: 2 });
    state.areKnown = false;
    await expect(alike).rejects.toMatchObject({ details: { code: 'starting' } });
  });
});

it('is refused while too many wait', async () => {
  const { search, state } = setUp();
  state.waitingCount = 200;
  const busy = { details: { status: 429, code: 'search-busy', retryAfterSeconds: 1 } };
  await expect(search.suggest(tenant(), QUERY)).rejects.toMatchObject(busy);
  await expect(search.find(tenant(), QUERY)).rejects.toMatchObject(busy);
});

it('is refused where too many have come while it was read', async () => {
  const { search, state, asked } = setUp();
  state.encoder = ENCODER;
  const finding = search.find(tenant(), QUERY);
  state.waitingCount = 200;
  await expect(finding).rejects.toMatchObject({ details: { code: 'search-busy' } });
  expect(asked).toEqual([]);
});
