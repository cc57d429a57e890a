import type { ItemId } from '@offerstream/contracts';
import { CATEGORIES } from '../catalog.js';
import { createDemoShop } from '../demo-shop.js';
import type { Paint } from '../look.js';
import { randomFrom } from '../random.js';
import { drawPicture } from './draw-picture.js';
import { labelledPictures } from './labelled-pictures.js';
import { SILHOUETTES } from './silhouettes.js';

const shop = createDemoShop(7);
const [first] = shop.catalog;
const id = first?.id as ItemId;

it('every category has a silhouette of its own', () => {
  const names = CATEGORIES.map(({ category }) => category.name);
  expect(Object.keys(SILHOUETTES).sort()).toEqual([...names].sort());
  expect(new Set(Object.values(SILHOUETTES).map((parts) => JSON.stringify(parts))).size).toBe(names.length);
});

it('a picture is the same for the same seed and shot, and another one for another', () => {
  const picture = shop.picture(id);
  expect(picture).toMatchObject({ width: 128, height: 128 });
  expect(picture?.data).toHaveLength(128 * 128 * 3);
  expect(createDemoShop(7).picture(id)).toEqual(picture);
  expect(shop.picture(id, { shot: 1 })).not.toEqual(picture);
  expect(createDemoShop(8).picture(id)).not.toEqual(picture);
  expect(shop.picture('nothing' as ItemId)).toBeUndefined();
});

it.each<[Paint, number]>([
  ['red', 0],
  ['green', 1],
  ['blue', 2],
])('what is %s looks so in the middle, and what is behind it is grey', (paint, strongest) => {
  const parts = SILHOUETTES['Bakeware'] ?? [];
  const { data } = drawPicture(parts.slice(0, 1), { paint, pattern: 'plain' }, 64, randomFrom(3));
  const pixel = (row: number, column: number) => [
    ...data.subarray((row * 64 + column) * 3, (row * 64 + column) * 3 + 3),
  ];
  const middle = pixel(32, 32);
  expect(middle.indexOf(Math.max(...middle))).toBe(strongest);
  const corner = pixel(1, 1);
  expect(Math.max(...corner) - Math.min(...corner)).toBeLessThan(24);
});

it('the shop is a set of labelled photos: so many shots of each item, under its category', () => {
  const photos = labelledPictures(shop, { shots: 2, side: 24 }).take(200).toArray();
  expect(photos.map(({ item }) => item)).toEqual(shop.catalog.slice(0, 100).flatMap((item) => [item.id, item.id]));
  expect(photos.map(({ label }) => label)).toEqual(
    shop.catalog.slice(0, 100).flatMap(({ categories }) => [categories[1], categories[1]]),
  );
  expect(photos[0]?.picture).toEqual(shop.picture(id, { side: 24 }));
  expect(photos[1]?.picture).toEqual(shop.picture(id, { side: 24, shot: 1 }));
});
