import type { CatalogItem, ItemId } from '@offerstream/contracts';
import { answer } from './answer.js';
import { CATEGORIES, generateCatalog, generateNewcomer, type Newcomer, type Product } from './catalog.js';
import { drawPicture, type Picture } from './pictures/draw-picture.js';
import { SILHOUETTES } from './pictures/silhouettes.js';
import { randomFrom, weightedChoice, type Random } from './random.js';
import { generateShopper, type Shopper } from './shopper.js';
import { visit, type ShopEvent, type Visit } from './visit.js';

export interface PastEvent extends ShopEvent {
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A generated shop: the same seed gives the same shop, past and future. */
export interface DemoShop {
  readonly catalog: readonly CatalogItem[];
  /**
   * How an item looks; undefined for an item that is not in the catalog.
   *
   * @param shot 0 is the catalog's picture, others are more photos of the same thing
   */
  readonly picture: (item: ItemId, options?: { readonly shot?: number; readonly side?: number }) => Picture | undefined;
  /**
   * A product that the shop comes to sell after its catalog, and how it looks; its shoppers don't know of it. The same number gives the
   * same product.
   *
   * @param number 0 the first
   */
  readonly newcomer: (number: number) => {
    readonly item: CatalogItem & { readonly title: string };
    readonly picture: Picture;
  };
  /** What its shoppers did in the {@link HISTORY_DAYS} before `endMs`, in time order. */
  history(endMs: number): readonly PastEvent[];
  /** The shop after the history; with another `seed` the same shoppers do other things. */
  open(seed: number): OpenShop;
}

export interface OpenShop {
  /** Visits one after the other without end. They are the same whatever is offered meanwhile. */
  readonly visits: Generator<Visit, never, undefined>;
  /** What a shopper, with the tastes of their last visit, does with a list of items that is offered. */
  readonly answer: (subject: string, offered: readonly ItemId[]) => readonly ShopEvent[];
}

export const HISTORY_DAYS = 30;
/** Pixels. */
const PICTURE_SIDE = 128;
const SHOPPERS = 2_500;
/** About 100,000 interactions. */
const HISTORY_VISITS = 14_000;
const DAY_MS = 86_400_000;
/** Between one event of a visit and the next. */
const GAP_MS = { least: 4_000, spread: 50_000 };

export const createDemoShop = (seed: number): DemoShop => {
  const random = randomFrom(seed);
  const looksBy = randomFrom(seed ^ LOOKS);
  const products = generateCatalog(random, looksBy);
  const catalog = products.flat().map(({ item }) => item);
  const productOf = new Map<ItemId, Product>(products.flat().map((product) => [product.item.id, product]));
  const shoppers = Array.from({ length: SHOPPERS }, (_, index) => generateShopper(index + 1, random, looksBy));
  const whoComes = weightedChoice(shoppers.map(({ activity }) => activity));
  const nextVisit = (of: readonly Shopper[], by: Random): Visit => visit(of[whoComes(by)] as Shopper, products, by);

  const past = Array.from({ length: HISTORY_VISITS }, () => random.next())
    .sort((a, b) => a - b)
    .flatMap((moment) => {
      let beforeEndMs = HISTORY_DAYS * DAY_MS * (1 - moment);
      const { subject, events } = nextVisit(shoppers, random);
      return events.map((event) => {
        beforeEndMs -= GAP_MS.least + random.next() * GAP_MS.spread;
        return { event, subject, beforeEndMs: Math.max(0, Math.floor(beforeEndMs)) };
      });
    })
    .sort((a, b) => b.beforeEndMs - a.beforeEndMs);

  return {
    catalog,
    picture(item, { shot = 0, side = PICTURE_SIDE } = {}) {
      const product = productOf.get(item);
      if (product === undefined) return undefined;
      const place = catalog.indexOf(product.item) + shot * catalog.length;
      return drawn(product, side, randomFrom(seed ^ Math.imul(place + 1, PICTURES)));
    },
    newcomer(number) {
      const by = randomFrom(seed ^ Math.imul(number + 1, NEWCOMERS));
      const newcomer = generateNewcomer(number, products, by);
      return { item: newcomer.item, picture: drawn(newcomer, PICTURE_SIDE, by) };
    },
    history: (endMs) =>
      past.map(({ event, subject, beforeEndMs }) => ({ ...event, subject, time: endMs - beforeEndMs })),
    open(openSeed) {
      const by = randomFrom(seed ^ Math.imul(openSeed + 1, VISITS));
      const answersBy = randomFrom(seed ^ Math.imul(openSeed + 1, ANSWERS));
      const present = shoppers.map((shopper) => ({
        ...shopper,
        categories: [...shopper.categories],
        considered: [...shopper.considered],
      }));
      const shopperOf = new Map(present.map((shopper) => [shopper.id, shopper]));
      return {
        visits: (function* () {
          for (;;) yield nextVisit(present, by);
        })(),
        answer: (subject, offered) => {
          const shopper = shopperOf.get(subject);
          if (shopper === undefined) return [];
          const known = offered.flatMap((id) => productOf.get(id) ?? []);
          return answer(shopper, known, products, answersBy);
        },
      };
    },
  };
};

const drawn = ({ category, look }: Pick<Newcomer, 'category' | 'look'>, side: number, random: Random): Picture =>
  drawPicture(SILHOUETTES[CATEGORIES[category]?.category.name ?? ''] ?? [], look, side, random);

/** Spread neighbouring seeds, each for draws of its own: the multipliers of Fibonacci hashing, MurmurHash3 and xxHash32. */
const VISITS = 0x9e3779b1;
const ANSWERS = 0x85ebca6b;
const PICTURES = 0xc2b2ae35;
const LOOKS = 0x27d4eb2f;
const NEWCOMERS = 0x165667b1;
