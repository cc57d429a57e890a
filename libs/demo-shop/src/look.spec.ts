import { createDemoShop } from './demo-shop.js';
import { attractionOfLook, drawLook, drawLookTaste, PAINTS, PATTERNS } from './look.js';
import { randomFrom } from './random.js';

it('what a title says of a colour holds, and anything else has any', () => {
  const random = randomFrom(1);
  expect(drawLook('Navy', random).paint).toBe('blue');
  const drawn = Array.from({ length: 200 }, () => drawLook('28 cm', random));
  expect(new Set(drawn.map(({ paint }) => paint))).toEqual(new Set(PAINTS));
  expect(new Set(drawn.map(({ pattern }) => pattern))).toEqual(new Set(PATTERNS));
});

it('a shopper likes two paints and two patterns, and most what has both', () => {
  const taste = drawLookTaste(randomFrom(2));
  const looks = PAINTS.flatMap((paint) => PATTERNS.map((pattern) => ({ paint, pattern })));
  const best = Math.max(...looks.map((look) => attractionOfLook(taste, look)));
  const most = looks.filter((look) => attractionOfLook(taste, look) === best);
  expect(new Set(most.map(({ paint }) => paint))).toEqual(taste.paints);
  expect(new Set(most.map(({ pattern }) => pattern))).toEqual(taste.patterns);
  expect(most).toHaveLength(4);
});

it('shoppers look at the patterns that they like, in whatever category', () => {
  const looks = createDemoShop(7)
    .history(Date.UTC(2026, 0, 31))
    .filter(({ name }) => name === 'Product Viewed')
    .flatMap(({ subject, products }) =>
      products.map(({ item, category, look }) => ({ subject, item, category, look })),
    );
  const shareOfTopTwo = (seen: readonly (typeof looks)[number][]): number => {
    const counts = [...Map.groupBy(seen, ({ look }) => look.pattern).values()].map(({ length }) => length);
    return counts.sort((a, b) => b - a).reduce((sum, count, place) => sum + (place < 2 ? count : 0), 0) / seen.length;
  };
  const once = [...Map.groupBy(looks, ({ subject, item }) => `${subject} ${item.id}`).values()].flatMap(
    ([look]) => look ?? [],
  );
  const frequent = [...Map.groupBy(once, ({ subject }) => subject).values()].filter(({ length }) => length >= 20);
  const shares = frequent.map(shareOfTopTwo);
  expect(frequent.length).toBeGreaterThan(100);
  expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.54);
  expect(shareOfTopTwo(once)).toBeLessThan(0.45);
});
