import type { CatalogItem } from '@offerstream/contracts';
import { generateCatalog } from './catalog.js';
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
  /** Visits after the history, one after the other without end; another `seed` gives others by the same shoppers. */
  visits(seed: number): Generator<Visit, never, undefined>;
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
    *visits(visitSeed) {
      const by = randomFrom(seed ^ Math.imul(visitSeed + 1, 0x9e3779b1));
      const present = shoppers.map((shopper) => ({
        ...shopper,
        categories: [...shopper.categories],
        considered: [...shopper.considered],
      }));
      for (;;) yield nextVisit(present, by);
    },
  };
};
