import { readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { vectorText, type TenantId } from '@offerstream/contracts';
import { kafkaBrokers, pngPhoto, tempFolder, type Rgb } from '@offerstream/testing';
import { HeldInference } from '../held-inference.fixture.js';
import { newKey, startGateway, until, type Answer, type RunningGateway } from '../running-gateway.fixture.js';
import { DEMO } from '../shop.fixture.js';
import { startInference } from '../trained-shop.fixture.js';
import { MAX_BODY_BYTES } from './image-problems.js';
import type { ClassifyResponse, EmbedResponse } from './image-schemas.js';
import { CLASSES, expectedShares, photoOf, storeBackbone, storeColours } from './trained-images.fixture.js';

const key = newKey();
const OTHER = 'other' as TenantId;
const stranger = newKey();
const MODEL = 'demo.vision';
const BACKBONE = 'efficientnet-lite0';
const RED: Rgb = [230, 20, 10];
const BLUE: Rgb = [10, 30, 200];

let repository: string;
let inference: Awaited<ReturnType<typeof startInference>>;
let held: HeldInference;
let gateway: RunningGateway;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const post = (path: string, body: object, by = key): Promise<Answer> =>
  gateway.call('POST', `/v1/images/${path}`, { key: by, body });
const classify = (colour: Rgb, over: object = {}, by = key) =>
  post('classify', { image: base64(photoOf(colour)), top: 3, ...over }, by);
const classes = (answer: Answer) => (answer.body as unknown as ClassifyResponse).classes;
const shares = (answer: Answer): readonly number[] => {
  const found = classes(answer);
  return CLASSES.map((name) => found.find((each) => each.class === name)?.probability ?? NaN);
};
const embeddings = (answer: Answer) =>
  (answer.body as unknown as EmbedResponse).data.map(({ embedding }) => [...embedding]);
/** A photo as it is, as `curl --data-binary @photo.png` sends it. */
const send = async (path: string, bytes: Uint8Array, type = 'image/png'): Promise<Answer> => {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.secret}`, 'content-type': type },
    body: Buffer.from(bytes),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Answer['body'] };
};
const charged = async (): Promise<number> => (await gateway.charged(DEMO, key))['images'] ?? 0;
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 4) as number);

beforeAll(async () => {
  repository = await tempFolder();
  await storeColours(repository, MODEL);
  await storeColours(repository, 'other.vision');
  await storeBackbone(repository, BACKBONE);
  inference = await startInference(repository);
  held = new HeldInference(inference.port);
  gateway = await startGateway(await kafkaBrokers(), {
    INFERENCE_ADDRESS: await held.listen(),
    MODELS_DIR: repository,
  });
  await gateway.setTenant(DEMO, [key]);
  await gateway.setTenant(OTHER, [stranger]);
  const isServed = async (name: string, by = key) =>
    (await post('embed', { images: [base64(photoOf(RED))], model: name }, by)).status === 200;
  await until(async () => (await isServed(MODEL)) && (await isServed(BACKBONE)));
  await until(() => isServed('other.vision', stranger));
});
afterAll(async () => {
  await gateway.stop();
  await held.close();
  await inference.stop();
});

describe('what is on a photo', () => {
  it('is told by Bayes’ rule, the likeliest first', async () => {
    const answer = await classify(RED);
    expect(answer.body).toMatchObject({ model: { name: MODEL, version: '1' }, usage: { images: 1 } });
    expect(classes(answer).map((each) => [each.class, each.rank])).toEqual([
      ['red', 1],
      ['green', 2],
      ['blue', 3],
    ]);
    expect(shares(answer)).toEqual(close(expectedShares(RED)));
    expect(classes(await classify(BLUE, { top: 1 })).map((each) => each.class)).toEqual(['blue']);
  });

  it('is told alike of a photo that is sent as it is', async () => {
    const answer = await send('/v1/images/classify?top=3', photoOf(BLUE));
    expect(answer.body).toEqual((await classify(BLUE)).body);
    // By the content, not by what it is called.
    expect(await send('/v1/images/classify?top=3', photoOf(BLUE), 'image/jpeg')).toMatchObject({ body: answer.body });
    expect(classes(await send(`/v1/images/classify?top=1&model=${MODEL}`, photoOf(RED)))).toHaveLength(1);
    expect((await send('/v1/images/classify?model=demo.nothing', photoOf(RED))).body['code']).toBe('model-unknown');
  });

  it('depends on how often each class comes, which the request may say', async () => {
    const grey: Rgb = [100, 100, 100];
    const known = { red: 0.1, green: 0.6, blue: 0.3 };
    expect(shares(await classify(grey, { priors: known }))).toEqual(close(expectedShares(grey, [0.1, 0.6, 0.3])));
    // The others share what is left as they did in training: 3 to 2.
    expect(shares(await classify(grey, { priors: { red: 0.9 } }))).toEqual(
      close(expectedShares(grey, [0.9, 0.06, 0.04])),
    );
    expect(shares(await classify(BLUE, { priors: { blue: 0 } }))[2]).toBe(0);
  });

  it.each([
    ['a class that is none', { hat: 0.5 }, 'bad-priors'],
    ['more than all', { red: 0.7, blue: 0.7 }, 'bad-priors'],
    ['less than all of all classes', { red: 0.2, green: 0.2, blue: 0.2 }, 'bad-priors'],
    ['a share below 0', { red: -0.1 }, 'invalid'],
  ])('is not told by priors of %s', async (_, priors, code) => {
    const answer = await classify(RED, { priors });
    expect([answer.status, answer.body['code']]).toEqual([400, code]);
    expect((answer.body['error'] as { readonly param: string }).param).toContain('priors');
  });

  it('is told by classifiers only', async () => {
    const answer = await classify(RED, { model: BACKBONE });
    expect([answer.status, answer.body['code'], answer.body['fix']]).toEqual([
      404,
      'model-unknown',
      `Name one that it has: ${MODEL}.`,
    ]);
  });
});

describe('embeddings', () => {
  it('are unit vectors in the order of the photos, by the tenant’s own model or any other', async () => {
    const colours: readonly Rgb[] = [RED, BLUE, RED, [0, 250, 0], [90, 80, 70]];
    const expected = colours.map((colour) => colour.map((value) => value / Math.hypot(...colour)));
    const images = colours.map((colour) => base64(photoOf(colour)));
    const own = await post('embed', { images });
    expect(own.body).toMatchObject({ model: { name: MODEL, version: '1' }, usage: { images: 5 } });
    expect(embeddings(own)).toEqual(expected.map(close));
    expect((await post('embed', { images, model: BACKBONE })).body).toMatchObject({ model: { name: BACKBONE } });
    expect(embeddings(await send(`/v1/images/embed?model=${BACKBONE}`, photoOf(BLUE)))).toEqual([
      close(expected[1] ?? []),
    ]);
  });

  it('name the photo that is none', async () => {
    const answer = await post('embed', { images: [base64(photoOf(RED)), base64(Buffer.from('GIF89a…'))] });
    expect(answer.body).toMatchObject({ status: 400, code: 'image-type', fields: [{ field: 'images.1' }] });
  });
});

describe('shops', () => {
  it('see nothing of each other’s models', async () => {
    expect((await classify(RED, {}, stranger)).body).toMatchObject({ model: { name: 'other.vision' } });
    for (const ask of ['classify', 'embed'] as const) {
      const body = ask === 'classify' ? { image: base64(photoOf(RED)) } : { images: [base64(photoOf(RED))] };
      const hidden = await post(ask, { ...body, model: MODEL }, stranger);
      const missing = await post(ask, { ...body, model: 'demo.nothing' }, stranger);
      expect([hidden.status, hidden.body['code']]).toEqual([404, 'model-unknown']);
      expect(hidden.body['fix']).toBe(missing.body['fix']);
    }
  });

  it('need a key that may look at photos', async () => {
    const without = newKey({ scopes: ['offers:read'] });
    await gateway.setTenant(OTHER, [stranger, without]);
    await until(async () => (await classify(RED, {}, without)).status === 403);
    expect((await classify(RED, {}, without)).body).toMatchObject({ code: 'scope-missing' });
  });
});

describe('what looks alike', () => {
  const LOOKS: Readonly<Record<string, Rgb>> = { cherry: RED, rose: [230, 100, 100], sky: BLUE, grass: [0, 200, 0] };
  const putVector = (item: string, colour: Rgb, version = '1', tenant: TenantId = DEMO) =>
    gateway.put('item-vectors', `${tenant}:${item}`, {
      id: item,
      image: {
        model: `${tenant}.vision`,
        version,
        vector: vectorText(Float32Array.from(colour.map((value) => value / Math.hypot(...colour)))),
      },
    });
  const similar = (body: object, by = key) => post('similar', body, by);
  const items = ({ body }: Answer) =>
    (body['items'] ?? []) as readonly { readonly item: string; readonly score: number }[];
  const idsOf = (answer: Answer) => items(answer).map(({ item }) => item);
  const search = (body: object, by = key) => gateway.call('POST', '/v1/search', { key: by, body });
  const red = base64(photoOf([240, 10, 10]));

  beforeAll(async () => {
    for (const [item, colour] of Object.entries(LOOKS)) {
      await gateway.putItem(DEMO, item, { title: `A ${item}`, categories: [item === 'sky' ? 'Air' : 'Plants'] });
      await putVector(item, colour);
    }
    await gateway.putItem(DEMO, 'unseen', { title: 'Unseen cherry' });
    await gateway.putItem(OTHER, 'theirs', { title: 'Theirs' });
    await putVector('theirs', RED, '1', OTHER);
    await until(async () => items(await similar({ image: red })).length === 4);
    await until(async () => (await similar({ item: 'unseen' })).body['code'] === 'picture-unknown');
  });

  it('to a photo are available items of the catalog, the likest first', async () => {
    const answer = await similar({ image: red, limit: 2 });
    expect(answer.body).toMatchObject({ model: { name: MODEL, version: '1' }, usage: { images: 1 } });
    expect(idsOf(answer)).toEqual(['cherry', 'rose']);
    expect(items(answer)[0]?.score).toBeGreaterThan(0.99);
    expect((await send('/v1/images/similar?limit=2', photoOf([240, 10, 10]))).body).toEqual(answer.body);
    expect(idsOf(await send('/v1/images/similar?category=Air', photoOf([240, 10, 10])))).toEqual(['sky']);
    expect(idsOf(await similar({ image: red }, stranger))).toEqual(['theirs']);
  });

  it('to an item are the others', async () => {
    const answer = await similar({ item: 'cherry' });
    expect([answer.body['model'], idsOf(answer)]).toEqual([null, ['rose', 'sky', 'grass']]);
    expect((await similar({ item: 'unseen' })).body).toMatchObject({ status: 404, code: 'picture-unknown' });
    expect((await similar({ item: 'theirs' })).body).toMatchObject({ status: 404, code: 'item-unknown' });
  });

  it('is found together with words, or without', async () => {
    const found = await search({ q: 'cherry', image: base64(photoOf(BLUE)), limit: 2 });
    expect(found.body).toMatchObject({ imageModel: { name: MODEL, version: '1' }, encoder: null });
    // The one by its words and its look, the other by its look alone.
    expect(idsOf(found)).toEqual(['cherry', 'sky']);
    expect(idsOf(await search({ image: red }))).toEqual(['cherry', 'rose', 'sky', 'grass']);
    expect(idsOf(await search({ image: red, category: ['Air'] }))).toEqual(['sky']);
    expect((await search({ q: 'cherry' })).body).toMatchObject({ imageModel: null });
    expect((await gateway.call('GET', '/v1/search?q=cherry', { key })).body).toMatchObject({ imageModel: null });
  });

  it.each([
    ['neither a photo nor an item', 'similar', {}],
    ['both', 'similar', { image: red, item: 'cherry' }],
    ['nothing at all', 'search', {}],
    ['an empty text', 'search', { q: '' }],
  ])('is not told of %s', async (_, operation, body) => {
    const answer = await (operation === 'search' ? search(body) : similar(body));
    expect([answer.status, answer.body['code']]).toEqual([400, 'invalid']);
  });

  it('changes with the catalog and the vectors', async () => {
    await gateway.putItem(DEMO, 'cherry', { title: 'A cherry', available: false });
    await until(async () => !idsOf(await similar({ image: red })).includes('cherry'));
    // By a version that is not the one that looks at photos.
    await putVector('rose', RED, '2');
    await until(async () => !idsOf(await similar({ image: red })).includes('rose'));
    await putVector('rose', RED);
    await until(async () => idsOf(await similar({ image: red }))[0] === 'rose');
    await gateway.put('item-vectors', `${DEMO}:rose`, null);
    await until(async () => !idsOf(await similar({ image: red })).includes('rose'));
  });

  it('is not told, and costs nothing, before a vector of the version that serves is there', async () => {
    await storeColours(repository, 'other.vision');
    await until(async () => (await similar({ image: red }, stranger)).status === 409);
    const before = await gateway.charged(OTHER, stranger);
    const missing = { code: 'vectors-missing', reason: expect.stringContaining('version 2 of other.vision') as string };
    const answer = await similar({ image: red }, stranger);
    expect([answer.body, answer.headers.get('retry-after')]).toMatchObject([missing, '5']);
    expect((await search({ image: red }, stranger)).body).toMatchObject(missing);
    const found = await search({ q: 'theirs', image: red }, stranger);
    expect(found.body).toMatchObject({ imageModel: null, imageProblem: missing, items: [{ item: 'theirs' }] });
    const after = await gateway.charged(OTHER, stranger);
    expect(after['images']).toBe(before['images']);
    expect(after['searches']).toBe((before['searches'] ?? 0) + 1);
    await putVector('theirs', RED, '2', OTHER);
    await until(async () => idsOf(await similar({ image: red }, stranger)).includes('theirs'));
  });
});

describe('a catalog item', () => {
  const code = async (body: object) => (await post('classify', body)).body['code'];

  it('is looked at by its picture, as that is now', async () => {
    await gateway.putItem(DEMO, 'shown', { title: 'Shown' });
    await until(async () => (await code({ item: 'shown' })) === 'picture-unknown');
    const likeliest = async () => {
      const answer = await post('classify', { item: 'shown' });
      return answer.status === 200 ? classes(answer)[0]?.class : answer.body['code'];
    };
    for (const [colour, name] of [
      [RED, 'red'],
      [BLUE, 'blue'],
    ] as const) {
      await gateway.putBytes('pictures', `${DEMO}:shown`, photoOf(colour));
      await until(async () => (await likeliest()) === name);
    }
    const items = ['shown', 'shown'];
    const embedded = await post('embed', { items });
    expect(embedded.body['usage']).toEqual({ images: 2 });
    expect(embedded.body['data']).toEqual(items.map((_, index) => ({ index, embedding: embeddings(embedded)[0] })));
    expect(embeddings(embedded)[0]).toEqual(embeddings(await post('embed', { images: [base64(photoOf(BLUE))] }))[0]);
    expect((await post('embed', { items: ['shown', 'nowhere'] })).body['code']).toBe('item-unknown');
    await gateway.put('pictures', `${DEMO}:shown`, null);
    await until(async () => (await code({ item: 'shown' })) === 'picture-unknown');
  });

  it('of another shop is unknown, and it is asked for alone', async () => {
    await gateway.putItem(OTHER, 'hidden', { title: 'Hidden' });
    await gateway.putBytes('pictures', `${OTHER}:hidden`, photoOf(RED));
    await until(async () => (await post('classify', { item: 'hidden' }, stranger)).status === 200);
    expect(await code({ item: 'hidden' })).toBe('item-unknown');
    expect(await code({ item: 'hidden', image: base64(photoOf(RED)) })).toBe('invalid');
  });
});

describe('bad input', () => {
  const huge = pngPhoto(1, 1, () => RED);
  huge.writeUInt32BE(30_000, 16);
  huge.writeUInt32BE(30_000, 20);
  huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);

  it.each([
    ['nothing', Buffer.alloc(0), 'image-empty'],
    ['text', Buffer.from('https://shop.example/photo.jpg'), 'image-type'],
    ['a GIF', Buffer.from('GIF89a'), 'image-type'],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>'), 'image-type'],
    ['a ZIP', Buffer.from('PK\x03\x04\x14\x00'), 'image-type'],
    ['the half of a photo', photoOf(RED, 200).subarray(0, 150), 'image-unreadable'],
    ['30,000 x 30,000 pixels', huge, 'image-too-large'],
  ])('%s is no photo', async (_, bytes, code) => {
    for (const answer of [
      await send('/v1/images/classify', bytes),
      ...(bytes.length > 0 ? [await post('classify', { image: base64(bytes) })] : []),
    ]) {
      expect(answer.body).toMatchObject({ status: 400, code, fields: [{ field: 'image' }] });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  it.each([
    ['no photo', {}],
    ['no base64', { image: 'data:image/png;base64,YWJj' }],
    ['an address', { image: 'https://shop.example/photo.jpg' }],
    ['no whole number', { image: 'YWJj', top: 1.5 }],
    ['an unknown field', { image: 'YWJj', url: 'https://shop.example/photo.jpg' }],
    ['bytes as numbers', { image: [1, 2, 3] }],
  ])('%s is refused', async (_, body) => {
    const answer = await post('classify', body);
    expect([answer.status, answer.body['code']]).toEqual([400, 'invalid']);
  });

  it('more photos than are taken are refused', async () => {
    const answer = await post('embed', { images: Array<string>(33).fill('YWJj') });
    expect([answer.status, answer.body['code']]).toEqual([400, 'invalid']);
  });

  it('a body that is too large is, and so is another type, and a photo where none is expected', async () => {
    expect((await send('/v1/images/classify', Buffer.alloc(MAX_BODY_BYTES + 1))).body['code']).toBe('too-large');
    expect((await send('/v1/images/classify', photoOf(RED), 'image/gif')).body['code']).toBe('media-type');
    expect((await send('/v1/rank', photoOf(RED))).body['code']).toBe('media-type');
  });

  it('nothing of what was sent is in the answer', async () => {
    const secret = 'xyzzyxyzzy';
    for (const answer of [
      await send('/v1/images/classify', Buffer.from(secret)),
      await post('classify', { image: base64(Buffer.from(`GIF89a${secret}`)) }),
      await post('classify', { image: `*${secret}` }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain(secret);
    }
  });
});

describe('what is paid', () => {
  it('is each photo that was looked at, and nothing for what is refused', async () => {
    const before = await charged();
    await classify(RED);
    await send('/v1/images/classify', photoOf(BLUE));
    await post('embed', { images: Array<string>(4).fill(base64(photoOf(RED))) });
    await classify(RED, { priors: { hat: 1 } });
    await send('/v1/images/classify', Buffer.from('GIF89a'));
    await post('embed', { images: [base64(photoOf(RED)), 'YWJj'] });
    expect((await charged()) - before).toBe(1 + 1 + 4);
  });
});

describe('under load', () => {
  it('bodies are read while there is room for them, and each shop has its own', async () => {
    const headers = { 'content-type': 'image/png', 'content-length': MAX_BODY_BYTES };
    const tooMany = Promise.withResolvers<number | undefined>();
    /** They say how long they are, and send nothing of it. */
    const slow = Array.from({ length: 5 }, () => {
      const request = httpRequest(`${gateway.url}/v1/images/classify`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.secret}`, ...headers },
      });
      request.on('error', () => undefined);
      request.on('response', ({ statusCode }) => tooMany.resolve(statusCode));
      request.flushHeaders();
      return request;
    });
    expect(await tooMany.promise).toBe(429);
    const refused = await classify(RED);
    expect([refused.status, refused.body['code'], refused.headers.get('retry-after')]).toEqual([
      429,
      'images-busy',
      '1',
    ]);
    expect((await classify(RED, {}, stranger)).status).toBe(200);
    for (const request of slow) request.destroy();
    await until(async () => (await classify(RED)).status === 200);
  });

  it('a hundred at once are answered, or told to come again', async () => {
    const photo = photoOf(RED, 600);
    const answers = await Promise.all(Array.from({ length: 100 }, () => send('/v1/images/classify', photo)));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 200 && status !== 429)).toEqual([]);
    expect(statuses).toContain(200);
    for (const { status, headers } of answers) if (status === 429) expect(headers.get('retry-after')).toBe('1');
    expect(await gateway.metrics.metrics()).toMatch(/^gateway_images_waiting 0$/m);
  });

  it('who goes away is not looked at, and pays nothing', async () => {
    const areWaiting = async (count: number) =>
      until(async () => (await gateway.metrics.metrics()).includes(`\ngateway_images_waiting ${count}\n`));
    const before = await charged();
    const leaving = new AbortController();
    const left = () =>
      fetch(`${gateway.url}/v1/images/classify`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'image/png' },
        body: photoOf(RED),
        signal: leaving.signal,
      }).catch((error: unknown) => error);
    held.hold();
    const lookedAt = left();
    await until(() => held.keptBack > 0);
    // Three are worked on together with it, and one waits.
    const staying = Array.from({ length: 4 }, () => classify(RED));
    await areWaiting(1);
    const waiting = left();
    await areWaiting(2);
    leaving.abort('gone');
    expect(await Promise.all([lookedAt, waiting])).toEqual(['gone', 'gone']);
    await areWaiting(1);
    held.release();
    const answered = (await Promise.all(staying)).filter(({ status }) => status === 200);
    expect((await charged()) - before).toBe(answered.length);
  });
});

it('what is damaged is said to be so, and is used again once it is mended', async () => {
  const { path } = await storeColours(repository, 'damaged');
  const file = join(path, 'vision.json');
  const whole = await readFile(file);
  await writeFile(file, '{');
  await until(async () => (await classify(RED, { model: 'damaged' })).status !== 404);
  const damaged = await classify(RED, { model: 'damaged' });
  expect([damaged.status, damaged.body['code']]).toEqual([503, 'model-unusable']);
  await writeFile(file, whole);
  expect((await classify(RED, { model: 'damaged' })).status).toBe(200);
});

it('what is away is said to be so, and comes back by itself', async () => {
  const { port } = inference;
  await inference.stop();
  const away = await classify(RED);
  expect([away.status, away.body['code'], away.headers.get('retry-after')]).toEqual([503, 'model-away', '1']);
  inference = await startInference(repository, port);
  await until(async () => (await classify(RED)).status === 200);
});
