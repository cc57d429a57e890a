import type { Random } from './random.js';

export const PAINTS = ['black', 'white', 'blue', 'green', 'sand', 'grey', 'red', 'sky'] as const;
export type Paint = (typeof PAINTS)[number];

export const PATTERNS = ['plain', 'striped', 'checked', 'dotted', 'diagonal', 'halved'] as const;
export type Pattern = (typeof PATTERNS)[number];

/** How a product looks beside its shape. What its title doesn't say of it only its picture does. */
export interface Look {
  readonly paint: Paint;
  readonly pattern: Pattern;
}

/** Words of titles that say a colour. */
const PAINT_OF_WORD: Readonly<Record<string, Paint>> = {
  ...wordsFor('black', 'Black, Graphite, Smoke'),
  ...wordsFor('white', 'White, Ecru, Linen, Ivory'),
  ...wordsFor('blue', 'Navy, Blue, Indigo, Mid Blue'),
  ...wordsFor('green', 'Forest Green, Olive, Mint'),
  ...wordsFor('sand', 'Sand, Oak, Ash, Beech, Brass, Brown, Walnut, Honey, Nude'),
  ...wordsFor('grey', 'Slate Grey, Grey, Silver, Steel'),
  ...wordsFor('red', 'Terracotta, Coral, Copper, Berry, Rose'),
  ...wordsFor('sky', 'Sky Blue, Glass'),
};

function wordsFor(paint: Paint, words: string): Readonly<Record<string, Paint>> {
  return Object.fromEntries(words.split(', ').map((word) => [word, paint]));
}

/** @param variant what a title says after its comma */
export const drawLook = (variant: string, random: Random): Look => {
  const [paint, pattern] = [random.pick(PAINTS), random.pick(PATTERNS)];
  return { paint: PAINT_OF_WORD[variant] ?? paint, pattern };
};

/** What a shopper likes to look at, in whatever category. */
export interface LookTaste {
  readonly paints: ReadonlySet<Paint>;
  readonly patterns: ReadonlySet<Pattern>;
}

const FAVOURITES = 2;

export const drawLookTaste = (random: Random): LookTaste => ({
  paints: someOf(PAINTS, random),
  patterns: someOf(PATTERNS, random),
});

const someOf = <Value>(values: readonly Value[], random: Random): ReadonlySet<Value> => {
  const liked = new Set<Value>();
  while (liked.size < FAVOURITES) liked.add(random.pick(values));
  return liked;
};

const LIKED_PAINT = 4;
const LIKED_PATTERN = 8;

/** How many times as much a look attracts a shopper as one that they don't care for. */
export const attractionOfLook = ({ paints, patterns }: LookTaste, { paint, pattern }: Look): number =>
  (paints.has(paint) ? LIKED_PAINT : 1) * (patterns.has(pattern) ? LIKED_PATTERN : 1);
