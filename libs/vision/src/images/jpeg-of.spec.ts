import { decodeImage } from './decode-image.js';
import { jpegOf } from './jpeg-of.js';

it('pixels come back from their JPEG, nearly the same', async () => {
  const [width, height] = [32, 16];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, place) => [200, 40, 90][place % 3] ?? 0);
  const decoded = await decodeImage(await jpegOf({ width, height, data }), { width, height, resize: 'fill' });
  expect(Math.max(...decoded.data.map((value, place) => Math.abs(value - (data[place] ?? 0))))).toBeLessThan(5);
});
