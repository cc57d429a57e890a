import sharp from 'sharp';
import { normaliseImage } from './normalise-image.js';
import { BLUE, RED, twoHalves } from './photos.fixture.js';

const phonePhoto = () =>
  twoHalves(640, 480, RED, BLUE)
    .withExif({ IFD0: { Copyright: 'a shopper' }, IFD3: { GPSLatitudeRef: 'N' } })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    .withIccProfile('p3')
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();

test('a photo is kept as a small upright JPEG that says nothing of its maker', async () => {
  const photo = await phonePhoto();
  expect(Object.keys(await sharp(photo).metadata())).toEqual(expect.arrayContaining(['exif', 'xmp', 'icc']));

  const kept = await normaliseImage(photo, { longestSide: 256 });
  const about = await sharp(kept).metadata();
  expect(about).toMatchObject({ format: 'jpeg', width: 192, height: 256, space: 'srgb' });
  for (const part of ['exif', 'xmp', 'iptc', 'icc', 'orientation']) expect(about).not.toHaveProperty(part);
  expect(Buffer.from(kept).includes('a shopper')).toBe(false);
});

test('the same photo becomes the same bytes', async () => {
  const photo = await phonePhoto();
  expect(await normaliseImage(photo, { longestSide: 64 })).toEqual(await normaliseImage(photo, { longestSide: 64 }));
});

test('a small one is not blown up', async () => {
  const kept = await normaliseImage(await twoHalves(30, 20, RED, BLUE).png().toBuffer(), { longestSide: 256 });
  expect(await sharp(kept).metadata()).toMatchObject({ width: 30, height: 20 });
});

test('256 pixels of noise stay below 100,000 bytes', async () => {
  const noise = { type: 'gaussian', mean: 128, sigma: 80 } as const;
  const photo = await sharp({ create: { width: 512, height: 512, channels: 3, background: '#fff', noise } })
    .png()
    .toBuffer();
  expect((await normaliseImage(photo, { longestSide: 256 })).length).toBeLessThan(100_000);
});

test('what is no photo is refused', async () => {
  await expect(normaliseImage(Buffer.from('PK\x03\x04'), { longestSide: 64 })).rejects.toMatchObject({
    code: 'image-type',
  });
});
