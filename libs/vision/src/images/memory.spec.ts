import sharp from 'sharp';
import { decodeImage } from './decode-image.js';
import { ImageRefusal } from './image-refusal.js';
import { blackPng, BLUE, claiming, RED, twoHalves } from './photos.fixture.js';

const AT_ONCE = 100;
const SMALL = { width: 32, height: 32, resize: 'fill' } as const;

/** What the process holds more at the worst moment than before, and how many images libvips works on at most. */
const worstOf = async (work: () => Promise<unknown>) => {
  const before = process.memoryUsage.rss();
  let bytes = 0;
  let decodes = 0;
  const watch = setInterval(() => {
    bytes = Math.max(bytes, process.memoryUsage.rss() - before);
    decodes = Math.max(decodes, sharp.counters().process);
  }, 1);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return { bytes, decodes };
};

const outcomesOf = (images: readonly Uint8Array[]) =>
  Promise.all(images.map((bytes) => decodeImage(bytes, SMALL).catch((error: unknown) => error)));

// An interlaced PNG is decoded whole before it is scaled: 8 MB, 800 MB for all of them.
test('a hundred large photos at once need the memory of a few', async () => {
  const photo = await twoHalves(1600, 1600, RED, BLUE).png({ progressive: true }).toBuffer();
  await decodeImage(photo, SMALL);
  let outcomes: readonly unknown[] = [];
  const worst = await worstOf(async () => (outcomes = await outcomesOf(Array<Uint8Array>(AT_ONCE).fill(photo))));
  expect(outcomes.filter((outcome) => !(outcome instanceof Error))).toHaveLength(AT_ONCE);
  expect(worst.decodes).toBeGreaterThan(0);
  expect(worst.decodes).toBeLessThanOrEqual(2);
  expect(worst.bytes).toBeLessThan(150e6);
});

test('a hundred images of 30,000 x 30,000 pixels at once need none of them', async () => {
  const bombs = [
    blackPng(30_000, 30_000),
    claiming(await twoHalves(16, 16, RED, BLUE).jpeg().toBuffer(), 30_000, 30_000),
  ];
  let outcomes: readonly unknown[] = [];
  const images = Array.from({ length: AT_ONCE }, (_, at) => bombs[at % bombs.length] ?? new Uint8Array());
  const worst = await worstOf(async () => (outcomes = await outcomesOf(images)));
  expect(outcomes.map((outcome) => outcome instanceof ImageRefusal && outcome.code)).toEqual(
    Array(AT_ONCE).fill('image-too-large'),
  );
  expect(worst.bytes).toBeLessThan(100e6);
});
