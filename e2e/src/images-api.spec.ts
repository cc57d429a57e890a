import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { itemKey, vectorText, type ItemId } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { freshDatabase, pngPhoto, type Rgb } from '@offerstream/testing';
import { TENANT } from './line.js';
import { planOf, ServedShop } from './served-shop.js';
import { ask, type ServedApi } from './serving.js';
import { ROOT } from './started-line.js';

const MODEL = `${TENANT}.vision`;
const INCLUDED = 100;
const PHOTOS = 20;
const SIDE = 48;
const COLOURS: Readonly<Record<string, Rgb>> = { apron: [200, 40, 40], bowl: [40, 170, 60], cap: [50, 60, 210] };

interface Classified {
  readonly classes: readonly { readonly class: string; readonly probability: number }[];
  readonly usage: { readonly images: number };
}
interface Embedded {
  readonly data: readonly { readonly embedding: readonly number[] }[];
  readonly usage: { readonly images: number };
}
interface Found {
  readonly items: readonly { readonly item: string; readonly score: number }[];
}

let shop: ServedShop;
let gateway: ServedApi;
/** Photos that the shop was told it pays for. */
let told = 0;

/** No two of a class are alike: another shade, and a stripe that lies elsewhere. */
const photoOf = (name: string, shot: number): Buffer => {
  const shade = 0.7 + (0.3 * ((shot * 7) % PHOTOS)) / PHOTOS;
  const [red, green, blue] = (COLOURS[name] as Rgb).map((value) => Math.round(value * shade)) as [
    number,
    number,
    number,
  ];
  const stripe = (shot * 5) % SIDE;
  return pngPhoto(SIDE, SIDE, (x, y) =>
    x - stripe < 4 && x >= stripe && y > 8 ? [230, 230, 230] : [red, green, blue],
  );
};
const base64 = (photo: Buffer): string => photo.toString('base64');
const classify = (photo: Buffer, over: object = {}) =>
  ask<Classified>(gateway, 'POST', '/v1/images/classify', { image: base64(photo), ...over });

/** `npm run train -- vision` on a folder of photos. */
const train = async (images: string): Promise<number | null> => {
  const { line } = shop;
  const program = [`${ROOT}tools/dist/train.js`, 'vision', '--images', images, '--tenant', TENANT];
  const child = spawn(process.execPath, [...program, '--data', line.path('data')], {
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: line.brokers,
      TOPIC_PREFIX: line.naming.prefix,
      TOPIC_SUFFIX: line.naming.suffix,
      INFERENCE_ADDRESS: line.inferenceAddress,
      MODELS_DIR: line.path('models'),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve) => child.once('close', resolve));
};

beforeAll(async () => {
  shop = await ServedShop.start(await freshDatabase());
  await shop.makeTenant(planOf('Paid', null, 'serve'));
  gateway = { url: (await shop.startGateway()).url, token: await shop.makeKey('sk') };
  const images = shop.line.path('photos');
  for (const name of Object.keys(COLOURS)) {
    await mkdir(join(images, name), { recursive: true });
    for (let shot = 0; shot < PHOTOS; shot++) await writeFile(join(images, name, `${shot}.png`), photoOf(name, shot));
  }
  expect(await train(images)).toBe(0);
  const serves = (): Promise<boolean> =>
    classify(photoOf('cap', 0)).then(
      ({ usage }) => (told += usage.images) > 0,
      () => false,
    );
  expect(await waitUntil(serves, { timeoutMs: 60_000, everyMs: 250 })).toBe(true);
}, 300_000);
afterAll(() => shop.close(), 120_000);

it('a classifier that was trained on photos says what is on others', async () => {
  for (const name of Object.keys(COLOURS)) {
    for (const shot of [PHOTOS + 1, PHOTOS + 2]) {
      const { classes, usage } = await classify(photoOf(name, shot));
      told += usage.images;
      expect(classes[0]?.class).toBe(name);
      expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 3);
    }
  }
});

it('says it by other priors where the request has some', async () => {
  const { classes, usage } = await classify(photoOf('bowl', 3), { priors: { bowl: 0 } });
  told += usage.images;
  expect(classes.find((each) => each.class === 'bowl')?.probability).toBe(0);
});

it('a photo finds the product that looks like it, alone and together with words', async () => {
  for (const name of Object.keys(COLOURS)) {
    const id = `${name}-1` as ItemId;
    await ask(shop.control, 'POST', `/v1/catalog/items?tenant=${TENANT}`, { id, title: `Plain ${name}` });
    const embedded = await ask<Embedded>(gateway, 'POST', '/v1/images/embed', { images: [base64(photoOf(name, 0))] });
    told += embedded.usage.images;
    const vector = vectorText(Float32Array.from(embedded.data[0]?.embedding ?? []));
    await shop.line.producer.append({
      topic: shop.line.topic('item-vectors'),
      key: itemKey(TENANT, id),
      value: JSON.stringify({ id, image: { model: MODEL, version: '1', vector } }),
    });
  }
  const image = base64(photoOf('cap', 5));
  const similar = async (): Promise<Found> => {
    const found = await ask<Found>(gateway, 'POST', '/v1/images/similar', { image, limit: 3 });
    told += 1;
    return found;
  };
  const isFound = async (): Promise<boolean> => {
    try {
      return (await similar()).items.length === 3;
    } catch (error) {
      if (String(error).includes('vectors-missing')) return false;
      throw error;
    }
  };
  expect(await waitUntil(isFound, { timeoutMs: 60_000, everyMs: 250 })).toBe(true);
  expect((await similar()).items[0]?.item).toBe('cap-1');
  const together = await ask<Found>(gateway, 'POST', '/v1/search', { q: 'plain bowl', image, limit: 2 });
  told += 1;
  expect(together.items.map(({ item }) => item).toSorted()).toEqual(['bowl-1', 'cap-1']);
});

it('what is no photo is refused, and costs nothing', async () => {
  const response = await fetch(`${gateway.url}/v1/images/classify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'image/jpeg' },
    body: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  });
  expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ code: 'image-type' })]);
});

it('what the shop was told of is what it owes', async () => {
  const isCounted = async (): Promise<boolean> => (await shop.usage('images')) >= told;
  expect(await waitUntil(isCounted, { timeoutMs: 60_000, everyMs: 500 })).toBe(true);
  expect(await shop.usage('images')).toBe(told);
  const { invoices } = await ask<{
    readonly invoices: readonly { readonly lines: readonly { readonly meter: string; readonly units: number }[] }[];
  }>(shop.control, 'GET', `/v1/tenants/${TENANT}/invoices`);
  expect(invoices[0]?.lines.find(({ meter }) => meter === 'images')).toMatchObject({
    units: told,
    included: Math.min(INCLUDED, told),
    amountMicros: Math.max(0, told - INCLUDED) * 500,
  });
});
