import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import {
  itemVectorsSchema,
  offerSchema,
  splitKey,
  subjectKey,
  type Offer,
  type SubjectId,
} from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { readAll } from '@offerstream/kafka';
import { storeVersion } from '@offerstream/learning';
import { Graph, op } from '@offerstream/onnx';
import { freshDatabase, pngPhoto, type Rgb } from '@offerstream/testing';
import { IMAGE_MODEL, imageModelFiles } from '@offerstream/vision';
import { TENANT } from './line.js';
import { planOf, ServedShop } from './served-shop.js';
import { ask, type ServedApi } from './serving.js';
import { ROOT } from './started-line.js';

/** All that a shop knows of these is how they look: they have one name, one category and one price. */
const MUG = { title: 'A mug', categories: ['Kitchen', 'Mugs'], price: 12, currency: 'EUR' };
const COLOURS = { red: [205, 50, 40], blue: [40, 60, 205], green: [50, 190, 60] } as const;
type Colour = keyof typeof COLOURS;
const COLOUR_NAMES = Object.keys(COLOURS) as readonly Colour[];
const EACH = 8;
const mugs = (colour: Colour): readonly string[] =>
  Array.from({ length: EACH }, (_, number) => `${colour}-mug-${number}`);

/** Whoever likes a colour looks at mugs of that colour only. */
const SHOPPERS = 60;
const LOOKS = 12;
const ARRIVES_MS = 120_000;

interface Answer {
  readonly items: readonly {
    readonly item: string;
    readonly score: number;
    readonly explanation: {
      readonly sentence: string;
      readonly interactions: readonly { readonly value: number }[];
      readonly other: number;
      readonly sources?: readonly { readonly source: string; readonly value: number }[];
    };
  }[];
}

let shop: ServedShop;
let gateway: ServedApi;
let writeKey: string;

/** No two pictures of a colour are alike. */
const photoOf = (colour: Colour, number: number): Buffer => {
  const [red, green, blue] = COLOURS[colour].map((value) => Math.round(value * (0.8 + 0.02 * number)));
  const shade: Rgb = [red ?? 0, green ?? 0, blue ?? 0];
  return pngPhoto(24, 24, (x) => (x === number ? [230, 230, 230] : shade));
};

/** What the outside does to bring an item into the shop. */
const putItem = async (item: string, photo: Buffer): Promise<void> => {
  await ask(shop.control, 'POST', `/v1/catalog/items?tenant=${TENANT}`, { id: item, ...MUG });
  const response = await fetch(`${shop.control.url}/v1/catalog/items/${item}/picture?tenant=${TENANT}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${shop.control.token}`, 'content-type': 'image/png' },
    body: Uint8Array.from(photo),
  });
  expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
};

/** Stores a model for which a photo is its mean colour. */
const storeColours = async (repository: string): Promise<void> => {
  const side = 8;
  const graph = new Graph('colours');
  const pixels = graph.input(IMAGE_MODEL.pixels, 'uint8', ['B', side, side, 3]);
  const points = op.reshape(op.cast(pixels, 'float32'), ['B', side * side, 3]);
  const mean = op.reduceMean(points, [1], { keepDims: false });
  const length = op.sqrt(op.reduceSum(op.mul(mean, mean), [1], { keepDims: true }));
  graph.output(IMAGE_MODEL.embedding, op.div(mean, length));
  const input = { kind: 'pixels', width: side, height: side, resize: 'fill' } as const;
  const files = imageModelFiles({ input, embedding: { dimensions: 3 } }, graph.model());
  await storeVersion(repository, `${TENANT}.vision`, files);
};

/** How many items have a vector of their picture. */
const lookedAt = async (): Promise<number> => {
  const newest = new Map<string, boolean>();
  for (const { key, value } of await readAll(shop.line.kafka, shop.line.topic('item-vectors'))) {
    const { tenant, rest } = splitKey(String(key)) ?? {};
    if (tenant !== TENANT || rest === undefined) continue;
    newest.set(rest, value !== null && itemVectorsSchema.parse(JSON.parse(value.toString())).image !== undefined);
  }
  return [...newest.values()].filter(Boolean).length;
};

/** `npm run train -- --family content` on what was recorded of shoppers. */
const train = async (events: string): Promise<number | null> => {
  const { line } = shop;
  const program = [`${ROOT}tools/dist/train.js`, '--family', 'content', '--events', events, '--tenant', TENANT];
  const child = spawn(process.execPath, [...program, '--data', line.path('data')], {
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: line.brokers,
      TOPIC_PREFIX: line.naming.prefix,
      TOPIC_SUFFIX: line.naming.suffix,
      INFERENCE_ADDRESS: line.inferenceAddress,
      MODELS_DIR: line.path('models'),
      CONTROL_URL: shop.control.url,
      CONTROL_TOKEN: shop.control.token,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve) => child.once('close', resolve));
};

const recordedEvents = (): string =>
  Array.from({ length: SHOPPERS * LOOKS }, (_, number) => {
    const shopper = number % SHOPPERS;
    const look = Math.floor(number / SHOPPERS);
    const liked = mugs(COLOUR_NAMES[shopper % COLOUR_NAMES.length] as Colour);
    return JSON.stringify({
      type: 'track',
      event: 'Product Viewed',
      userId: `before-${shopper}`,
      messageId: `before-${number}`,
      timestamp: new Date(Date.now() - 86_400_000 + number * 1_000).toISOString(),
      properties: { product_id: liked[(shopper * 5 + look * 3) % EACH] },
    });
  }).join('\n');

const recommended = (subject: string): Promise<Answer> =>
  ask<Answer>(gateway, 'POST', '/v1/recommendations', { subject, placement: 'home', limit: 50, explain: true });

const viewMugs = async (subject: Colour): Promise<void> => {
  for (const product_id of mugs(subject).slice(0, 3)) {
    await shop.track(writeKey, subject, 'Product Viewed', { product_id });
  }
};

const newestOfferTo = async (subject: Colour): Promise<Offer | undefined> => {
  const key = subjectKey(TENANT, subject as string as SubjectId);
  const records = await readAll(shop.line.kafka, shop.line.topic('offers'));
  return records
    .filter((record) => record.key?.toString() === key)
    .map(({ value }) => offerSchema.parse(JSON.parse(String(value))))
    .filter(({ placement }) => placement === 'home')
    .sort((a, b) => a.revision - b.revision)
    .at(-1);
};

beforeAll(async () => {
  shop = await ServedShop.start(await freshDatabase());
  const { line } = shop;
  await shop.makeTenant(planOf('Paid', null, 'serve'));
  writeKey = await shop.makeKey('wk');
  gateway = { url: (await shop.startGateway()).url, token: await shop.makeKey('sk') };
  await storeColours(line.path('models'));
  const trainer = await line.start('trainer', {
    INFERENCE_ADDRESS: line.inferenceAddress,
    MODELS_DIR: line.path('models'),
    CONTROL_URL: shop.control.url,
    SERVICE_TOKEN_FILE: line.path('control/services/service-token'),
  });
  await trainer.ready();

  for (const colour of COLOUR_NAMES) {
    for (const [number, mug] of mugs(colour).entries()) await putItem(mug, photoOf(colour, number));
  }
  const all = EACH * COLOUR_NAMES.length;
  expect(await waitUntil(async () => (await lookedAt()) === all, { timeoutMs: ARRIVES_MS, everyMs: 500 })).toBe(true);
  await mkdir(line.path('data'));
  await writeFile(line.path('events.jsonl'), recordedEvents());
  expect(await train(line.path('events.jsonl'))).toBe(0);
  // The key is known by then, and the personalizer ranks by what was trained.
  const isOffered = async (): Promise<boolean> => {
    for (const colour of COLOUR_NAMES) await viewMugs(colour);
    return (await newestOfferTo('red'))?.model?.name === `${TENANT}.content`;
  };
  expect(await waitUntil(isOffered, { timeoutMs: ARRIVES_MS, everyMs: 1_000 })).toBe(true);
}, 600_000);
afterAll(() => shop.close(), 120_000);

it('a new item is offered to whom its picture fits, and not to others, for that picture’s sake', async () => {
  await putItem('poppy', photoOf('red', 9));
  const place = async (subject: Colour): Promise<number> =>
    (await recommended(subject)).items.findIndex(({ item }) => item === 'poppy');
  const arrived = async (): Promise<boolean> => (await place('red')) >= 0;
  expect(await waitUntil(arrived, { timeoutMs: ARRIVES_MS, everyMs: 250 })).toBe(true);
  expect(await place('red')).toBeLessThan(EACH + 1);
  for (const other of ['blue', 'green'] as const) {
    const { items } = await recommended(other);
    expect(items.slice(0, EACH).map(({ item }) => item)).not.toContain('poppy');
  }

  const { items } = await recommended('red');
  const { score, explanation } = items.find(({ item }) => item === 'poppy') ?? {};
  const sources = explanation?.sources ?? [];
  const sum = (parts: readonly { readonly value: number }[] = []): number =>
    parts.reduce((total, { value }) => total + value, 0);
  expect(sources.toSorted((a, b) => b.value - a.value)[0]?.source).toBe('image');
  expect(explanation?.sentence).toContain('alike in looks');
  expect(sum(explanation?.interactions) + (explanation?.other ?? 0)).toBeCloseTo(score ?? NaN, 3);
  expect(sum(sources)).toBeCloseTo(sum(explanation?.interactions), 3);
}, 300_000);

it('it is in the published offers, too, and is gone from all when it is deleted', async () => {
  const isPublished = async (): Promise<boolean> => {
    await viewMugs('red');
    return (await newestOfferTo('red'))?.items.some(({ item }) => item === 'poppy') ?? false;
  };
  expect(await waitUntil(isPublished, { timeoutMs: ARRIVES_MS, everyMs: 1_000 })).toBe(true);

  await ask(shop.control, 'DELETE', `/v1/catalog/items/poppy?tenant=${TENANT}`);
  const isGone = async (): Promise<boolean> => {
    const { items } = await recommended('red');
    await viewMugs('red');
    const published = await newestOfferTo('red');
    return ![...items, ...(published?.items ?? [])].some(({ item }) => item === 'poppy');
  };
  expect(await waitUntil(isGone, { timeoutMs: ARRIVES_MS, everyMs: 1_000 })).toBe(true);
  const withoutPoppy = async (): Promise<boolean> => (await lookedAt()) === EACH * COLOUR_NAMES.length;
  expect(await waitUntil(withoutPoppy, { timeoutMs: ARRIVES_MS, everyMs: 500 })).toBe(true);
}, 600_000);
