import type { RgbImage } from '../images/rgb-image.js';
import { binaryPatterns, PATTERN_DIMENSIONS } from './binary-patterns.js';
import { COLOUR_DIMENSIONS, colourHistograms } from './colour-histograms.js';
import { halve } from './halve.js';
import { HANDCRAFTED_DIMENSIONS, HANDCRAFTED_SIZE, handcraftedFeatures } from './handcrafted-features.js';
import { orientedGradients } from './oriented-gradients.js';

const SIDE = HANDCRAFTED_SIZE.width;

type Colour = readonly [red: number, green: number, blue: number];

const drawn = (colourAt: (x: number, y: number) => Colour, side: number = SIDE): RgbImage => {
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) data.set(colourAt(x, y), (y * side + x) * 3);
  return { width: side, height: side, data };
};

const grey = (value: number): Colour => [value, value, value];

/** Something with shapes, colours and texture all over. */
const motley = drawn((x, y) => [(x * y) % 256, (x * 5 + y) % 256, x < y ? 200 : 30]);

const mirrored = ({ width, data }: RgbImage) =>
  drawn((x, y) => [...data.subarray((y * width + width - 1 - x) * 3).slice(0, 3)] as unknown as Colour);

const lengthOf = (vector: Float32Array) => Math.hypot(...vector);
const expectClose = (actual: Float32Array, expected: Float32Array) =>
  actual.forEach((value, at) => expect(value).toBeCloseTo(expected[at] ?? NaN, 4));

/** Bins that hold more than a hundredth, over all cells. */
const binsUsed = (histograms: Float32Array, bins: number) => {
  const used = new Set<number>();
  histograms.forEach((value, at) => value > 0.01 && used.add(at % bins));
  return [...used].sort((a, b) => a - b);
};

describe('oriented gradients', () => {
  const HALF = { cell: 8, bins: 9, turn: 'half' } as const;
  const FULL = { cell: 8, bins: 18, turn: 'full' } as const;
  const step = (isLight: (x: number, y: number) => boolean) => drawn((x, y) => grey(isLight(x, y) ? 255 : 0));

  test('tell edges by their orientation', () => {
    // Bin 4 of 9 is around 90°, the first and the last are around 0° and 180°.
    expect(
      binsUsed(
        orientedGradients(
          step((_, y) => y >= 32),
          HALF,
        ),
        9,
      ),
    ).toEqual([4]);
    expect(
      binsUsed(
        orientedGradients(
          step((x) => x >= 32),
          HALF,
        ),
        9,
      ),
    ).toEqual([0, 8]);
    // Both diagonals are each other's mirror.
    expect(
      binsUsed(
        orientedGradients(
          step((x, y) => x + y >= 64),
          HALF,
        ),
        9,
      ),
    ).toEqual(
      binsUsed(
        orientedGradients(
          step((x, y) => x >= y),
          HALF,
        ),
        9,
      ),
    );
  });

  test('tell light above dark from dark above light over the full turn only', () => {
    const above = step((_, y) => y < 32);
    const below = step((_, y) => y >= 32);
    expect(binsUsed(orientedGradients(below, FULL), 18)).toEqual([4]);
    expect(binsUsed(orientedGradients(above, FULL), 18)).toEqual([13]);
    expectClose(orientedGradients(above, HALF), orientedGradients(below, HALF));
  });

  test('stand where the edge is', () => {
    const histograms = orientedGradients(
      step((_, y) => y >= 48),
      HALF,
    );
    const rows = Array.from({ length: 8 }, (_, row) => lengthOf(histograms.subarray(row * 36, (row + 1) * 36)));
    expect(rows.map((length) => length > 0.01)).toEqual([false, false, false, false, false, true, true, false]);
  });

  test('see an edge between colours of one lightness', () => {
    const colours = drawn((_, y) => (y < 32 ? [200, 0, 0] : [0, 200, 0]));
    expect(lengthOf(orientedGradients(colours, HALF))).toBeCloseTo(1, 5);
  });

  test('of an even surface are all zero', () => {
    expect(
      lengthOf(
        orientedGradients(
          drawn(() => grey(90)),
          FULL,
        ),
      ),
    ).toBe(0);
  });
});

describe('colour histograms', () => {
  // Hues of cell 0, its saturations, its values.
  const firstCell = (colour: Colour) => {
    const histograms = colourHistograms(drawn(() => colour));
    const peak = (start: number, bins: number) => {
      const part = [...histograms.subarray(start, start + bins)];
      return Math.max(...part) === 0 ? undefined : part.indexOf(Math.max(...part));
    };
    return [peak(0, 12), peak(8 * 12, 6), peak(8 * 18, 8)];
  };

  test.each<[string, Colour, (number | undefined)[]]>([
    ['red', [255, 0, 0], [0, 5, 7]],
    ['green', [0, 255, 0], [4, 5, 7]],
    ['blue', [0, 0, 255], [8, 5, 7]],
    ['a dark magenta', [60, 0, 60], [10, 5, 1]],
    ['pink', [255, 200, 200], [0, 1, 7]],
    ['white', [255, 255, 255], [undefined, 0, 7]],
    ['black', [0, 0, 0], [undefined, 0, 0]],
  ])('know %s by hue, saturation and value', (_, colour, expected) => {
    expect(firstCell(colour)).toEqual(expected);
  });

  test('know what is above from what is below', () => {
    const redAbove = colourHistograms(drawn((_, y) => (y < 32 ? [255, 0, 0] : [0, 0, 255])));
    expect(redAbove[0]).toBeGreaterThan(0);
    expect(redAbove[7 * 12]).toBe(0);
    expect(redAbove[7 * 12 + 8]).toBeGreaterThan(0);
  });
});

describe('binary patterns', () => {
  const patterns = PATTERN_DIMENSIONS / 4;

  test('are the 58 uniform ones and the rest', () => expect(patterns).toBe(59));

  test('take noise for an even surface', () => {
    const even = binaryPatterns(drawn(() => grey(100)));
    expect(even).toEqual(binaryPatterns(drawn((x, y) => grey(100 + ((x * 7 + y * 3) % 5)))));
    expect(binsUsed(even, patterns)).toEqual([0]);
  });

  test('tell lines from dots and from a chequerboard', () => {
    const textures = [
      drawn((x) => grey(x % 4 < 2 ? 0 : 200)),
      drawn((_, y) => grey(y % 4 < 2 ? 0 : 200)),
      drawn((x, y) => grey(x % 4 === 0 && y % 4 === 0 ? 200 : 0)),
      drawn((x, y) => grey((x + y) % 2 === 0 ? 0 : 200)),
    ];
    const used = textures.map((texture) => binsUsed(binaryPatterns(texture), patterns).join());
    expect(new Set(used).size).toBe(textures.length);
    // Four lighter neighbours with a darker one between each two.
    expect(used.at(-1)).toBe('0,58');
  });
});

test('four pixels become their mean', () => {
  const { width, height, data } = halve(drawn((x, y) => [x < 2 ? 10 : 200, 40 * (y % 2), x + y], 4));
  expect([width, height]).toEqual([2, 2]);
  expect([...data]).toEqual([10, 20, 1, 200, 20, 3, 10, 20, 3, 200, 20, 5]);
});

describe('all of them', () => {
  test('have as many numbers as is said, each part with its own weight', () => {
    const features = handcraftedFeatures(motley);
    expect(HANDCRAFTED_DIMENSIONS).toBe(1092);
    expect(features).toHaveLength(1092);
    expect(features.every(Number.isFinite)).toBe(true);
    const parts = [576, 72, COLOUR_DIMENSIONS, PATTERN_DIMENSIONS];
    const ends = parts.map((_, at) => parts.slice(0, at + 1).reduce((sum, part) => sum + part));
    const lengths = parts.map((part, at) => lengthOf(features.subarray((ends[at] ?? 0) - part, ends[at])));
    [1, 1, 0.5, 0.7].forEach((length, at) => expect(lengths[at]).toBeCloseTo(length, 4));
  });

  test('are the same in the mirror but for the texture', () => {
    const texture = HANDCRAFTED_DIMENSIONS - PATTERN_DIMENSIONS;
    expectClose(
      handcraftedFeatures(mirrored(motley)).subarray(0, texture),
      handcraftedFeatures(motley).subarray(0, texture),
    );
  });

  test('of a black photo are numbers', () => {
    expect(handcraftedFeatures(drawn(() => grey(0))).every(Number.isFinite)).toBe(true);
  });
});
