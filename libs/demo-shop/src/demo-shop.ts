import type { CatalogItem, ItemId } from '@offerstream/contracts';
import { answer } from './answer.js';
import { generateCatalog, type Product } from './catalog.js';
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
const SHOPPERS = 2_500;
/** About 100,000 interactions. */
const HISTORY_VISITS = 14_000;
const DAY_MS = 86_400_000;
/** Between one event of a visit and the next. */
const GAP_MS = { least: 4_000, spread: 50_000 };

export const createDemoShop = (seed: number): DemoShop => {
  const random = randomFrom(seed);
  const products = generateCatalog(random);
  const catalog = products.flat().map(({ item }) => item);
  const productOf = new Map<ItemId, Product>(products.flat().map((product) => [product.item.id, product]));
  const shoppers = Array.from({ length: SHOPPERS }, (_, index) => generateShopper(index + 1, random));
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

/** Spread neighbouring seeds, each for draws of its own: the multipliers of Fibonacci hashing and of MurmurHash3. */
const VISITS = 0x9e3779b1;
const ANSWERS = 0x85ebca6b;
