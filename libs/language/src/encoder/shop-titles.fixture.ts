import { SeededRandom } from '@offerstream/autodiff';

const COLOURS = ['crimson', 'turquoise', 'golden', 'ivory', 'charcoal', 'lavender'];
const STYLES = ['vintage', 'hanging'];
/** What is bought together; the words do not tell. */
const THEMES = [
  ['teapot', 'saucer', 'mug', 'doily'],
  ['lampshade', 'bulb', 'candlestick', 'lantern'],
  ['spade', 'trellis', 'flowerpot', 'gloves'],
  ['notebook', 'pencil', 'envelope', 'stamp'],
];

/** A shop of 192 titles and so many sessions, each about one theme. */
export const shopTitles = (sessions: number): { readonly titles: string[]; readonly sessions: string[][] } => {
  const { next } = new SeededRandom(11);
  const one = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T;
  const titles = THEMES.flat().flatMap((thing) =>
    COLOURS.flatMap((colour) => STYLES.map((style) => `${colour} ${style} ${thing}`.toUpperCase())),
  );
  return {
    titles,
    sessions: Array.from({ length: sessions }, () => {
      const theme = one(THEMES);
      return Array.from({ length: 4 }, () => `${one(COLOURS)} ${one(STYLES)} ${one(theme)}`);
    }),
  };
};
