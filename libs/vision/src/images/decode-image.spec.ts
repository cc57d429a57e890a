import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { decodeImage } from './decode-image.js';
import { ImageRefusal } from './image-refusal.js';
import { animated, blackPng, BLUE, claiming, RED, twoHalves, zipOf } from './photos.fixture.js';
import type { RgbImage } from './rgb-image.js';
import { vips } from './vips.js';

const SMALL = { width: 8, height: 8, resize: 'fill' } as const;

const colourAt = ({ width, data }: RgbImage, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3).slice(0, 3),
];

/** JPEG and conversions between colour spaces change colours a little. */
const expectColour = (actual: readonly number[], expected: readonly number[], tolerance = 6) => {
  const distance = Math.max(...actual.map((value, at) => Math.abs(value - (expected[at] ?? NaN))));
  if (!(distance <= tolerance)) throw new Error(`[${actual.join()}] instead of [${expected.join()}]`);
};

const refusal = async (bytes: Uint8Array): Promise<ImageRefusal> => {
  const outcome: unknown = await decodeImage(bytes, SMALL).catch((error: unknown) => error);
  if (outcome instanceof ImageRefusal) return outcome;
  throw new Error('it was not refused', { cause: outcome });
};

describe('a photo is decoded', () => {
  test.each([
    ['JPEG', () => twoHalves(64, 48, RED, BLUE).jpeg({ quality: 95, chromaSubsampling: '4:4:4' })],
    ['progressive JPEG', () => twoHalves(64, 48, RED, BLUE).jpeg({ progressive: true, chromaSubsampling: '4:4:4' })],
    ['PNG', () => twoHalves(64, 48, RED, BLUE).png()],
    ['PNG of 16 bits', () => twoHalves(64, 48, RED, BLUE).toColourspace('rgb16').png()],
    ['PNG with a palette', () => twoHalves(64, 48, RED, BLUE).png({ palette: true })],
    ['WebP', () => twoHalves(64, 48, RED, BLUE).webp({ lossless: true })],
  ])('that is a %s', async (_, photo) => {
    const image = await decodeImage(await photo().toBuffer(), SMALL);
    expect(image).toMatchObject({ width: 8, height: 8 });
    expect(image.data).toHaveLength(8 * 8 * 3);
    expectColour(colourAt(image, 0, 0), RED);
    expectColour(colourAt(image, 7, 7), BLUE);
  });

  test('stretched, or cut to its middle', async () => {
    const wide = await twoHalves(80, 20, RED, BLUE).png().toBuffer();
    const options = { width: 20, height: 20 };
    const stretched = await decodeImage(wide, { ...options, resize: 'fill' });
    const cut = await decodeImage(wide, { ...options, resize: 'cover' });
    // Where the colours meet, resizing mixes some columns: half of them 4 to 1, none 1 to 1.
    const mixed = (image: RgbImage) => {
      const row = Array.from({ length: 20 }, (_, x) => colourAt(image, x, 10).join());
      return row.filter((colour) => colour !== RED.join() && colour !== BLUE.join()).length;
    };
    expect(mixed(stretched)).toBeGreaterThan(0);
    expect(mixed(cut)).toBe(0);
    expect(colourAt(cut, 9, 10)).toEqual([...RED]);
    expect(colourAt(cut, 10, 10)).toEqual([...BLUE]);
  });

  test('turned upright as its EXIF data says', async () => {
    // Orientation 6: to be turned by 90° to the right, so that what was left is on top.
    const turned = await twoHalves(64, 48, RED, BLUE).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const image = await decodeImage(turned, SMALL);
    expectColour(colourAt(image, 7, 0), RED);
    expectColour(colourAt(image, 0, 7), BLUE);
  });

  test('of CMYK in the colours that it shows', async () => {
    const printed = await twoHalves(64, 48, [255, 255, 255], [0, 0, 0]).toColourspace('cmyk').jpeg().toBuffer();
    expect((await sharp(printed).metadata()).space).toBe('cmyk');
    const image = await decodeImage(printed, SMALL);
    expectColour(colourAt(image, 0, 0), [255, 255, 255], 3);
    expectColour(colourAt(image, 7, 0), [0, 0, 0], 60);
  });

  test('of grey to three equal channels', async () => {
    const grey = await twoHalves(16, 16, [90, 90, 90], [90, 90, 90]).toColourspace('b-w').png().toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(1);
    expect(new Set((await decodeImage(grey, SMALL)).data)).toEqual(new Set([90]));
  });

  test('on white where it is transparent', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const logo = await sharp({ create: { width: 16, height: 16, channels: 4, background: clear } })
      .png()
      .toBuffer();
    expect(new Set((await decodeImage(logo, SMALL)).data)).toEqual(new Set([255]));
  });

  test('of an animated one the first frame', async () => {
    const moving = await animated([RED, BLUE]);
    expect((await sharp(moving).metadata()).pages).toBe(2);
    const image = await decodeImage(moving, SMALL);
    for (const y of [0, 7]) expectColour(colourAt(image, 4, y), RED);
  });

  test('out of the middle of a larger buffer, which is left as it was', async () => {
    const photo = await twoHalves(16, 16, RED, BLUE).png().toBuffer();
    const around = new Uint8Array(photo.length + 20).fill(7);
    around.set(photo, 10);
    const before = around.slice();
    expectColour(colourAt(await decodeImage(around.subarray(10, -10), SMALL), 0, 0), RED);
    expect(around).toEqual(before);
  });
});

describe('bytes that are no photo are refused', () => {
  test('nothing', async () => expect((await refusal(new Uint8Array())).code).toBe('image-empty'));

  test.each([
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ['an SVG', '<?xml version="1.0"?>\n<!-- drawn --><svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['a GIF', 'GIF89a\x01\x00\x01\x00\x00\x00\x00;'],
    ['a HEIC photo', '\0\0\0\x18ftypheic\0\0\0\0'],
    ['an AVIF image', '\0\0\0\x18ftypavif\0\0\0\0'],
    ['a TIFF', 'II*\0\x08\0\0\0'],
    ['a BMP', 'BM\x46\0\0\0\0\0\0\0\x36'],
    ['a PDF', '%PDF-1.7\n%\xe2\xe3'],
    ['text', 'GET /photo.jpg HTTP/1.1'],
    ['of an unknown type', '\x01\x02\x03\x04'],
    ['of an unknown type', '\xff\xd8'],
  ])('%s, with its name: %p', async (name, content) => {
    const { code, message } = await refusal(Buffer.from(content, 'latin1'));
    expect(code).toBe('image-type');
    expect(message).toContain(`the image is ${name} by its content: send a JPEG`);
  });

  test('a ZIP, with a photo in it or not', async () => {
    const archive = zipOf('photo.png', await twoHalves(16, 16, RED, BLUE).png().toBuffer());
    expect(await refusal(archive)).toMatchObject({
      code: 'image-type',
      message: 'the image is a ZIP by its content: send a JPEG, PNG or WebP',
    });
  });

  test.each(['jpeg', 'png', 'webp'] as const)('a %s that ends too early, wherever it does', async (format) => {
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const whole = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#fff', noise } })
      .toFormat(format)
      .toBuffer();
    await decodeImage(whole, SMALL);
    for (const share of [0.02, 0.1, 0.5, 0.9])
      expect((await refusal(whole.subarray(0, Math.max(12, whole.length * share)))).code).toBe('image-unreadable');
  });

  test('a photo with damaged bytes in it', async () => {
    const damaged = await twoHalves(64, 64, RED, BLUE).png().toBuffer();
    damaged.fill(0xff, 50, 80);
    expect((await refusal(damaged)).code).toBe('image-unreadable');
  });

  test('one of 30,000 x 30,000 pixels, by its header', async () => {
    const pixels = 'the image has 30000 x 30000 pixels, at most 50000000 are taken: scale it down';
    const bomb = blackPng(30_000, 30_000);
    expect(bomb.length).toBeLessThan(1_000_000);
    expect(await refusal(bomb)).toMatchObject({ code: 'image-too-large', message: pixels });
    const small = await twoHalves(16, 16, RED, BLUE).jpeg().toBuffer();
    expect(await refusal(claiming(small, 30_000, 30_000))).toMatchObject({ code: 'image-too-large', message: pixels });
  });

  test('one of too many bytes, before they are looked at', async () => {
    const { code, message } = await refusal(Buffer.alloc(20 * 2 ** 20 + 1));
    expect(code).toBe('image-too-large');
    expect(message).toContain('20971521 bytes');
  });
});

test('no loader is there that opens what an image or a caller names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offerstream-images-'));
  const neighbour = join(folder, 'neighbour.png');
  await writeFile(neighbour, await twoHalves(16, 16, RED, BLUE).png().toBuffer());
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="${pathToFileURL(neighbour).href}"/></svg>`;
  const drawing = join(folder, 'drawing.svg');
  await writeFile(drawing, svg);
  for (const input of [neighbour, drawing, Buffer.from(svg)])
    await expect(vips(input).metadata()).rejects.toThrow('unsupported image format');
});
