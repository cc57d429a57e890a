import { CATEGORIES, type Product } from './catalog.js';
import { DEPARTMENTS } from './assortment.js';
import { attractionOfLook, drawLookTaste, type LookTaste } from './look.js';
import type { Random } from './random.js';

/** Somebody who shops here, as they are just now. */
export interface Shopper {
  readonly id: string;
  /** How often they come, compared with others. */
  readonly activity: number;
  /** Places in the catalog's categories, the favourite first. They change slowly. */
  readonly categories: number[];
  /** In each department, the brands that they like best. */
  readonly brands: readonly ReadonlySet<number>[];
  /** 0 buys the cheapest, 1 the dearest. */
  readonly priceLevel: number;
  readonly looks: LookTaste;
  /** What they looked at and may come back to, newest last. */
  readonly considered: Product[];
  /** What {@link attractions} found for a category; tastes in brands, prices and looks stay. */
  readonly attractions: Map<number, Float64Array>;
}

const FAVOURITE_CATEGORIES = 3;
const FAVOURITE_BRANDS = 2;
/** A second favourite is often of the same department. */
const SAME_DEPARTMENT = 0.6;
/** A few shoppers come much more often than most. */
const ACTIVITY_SPREAD = 0.8;

/** @param looksBy draws what looks they like */
export const generateShopper = (number: number, random: Random, looksBy: Random): Shopper => {
  const categories: number[] = [];
  while (categories.length < FAVOURITE_CATEGORIES) addFavourite(categories, random);
  return {
    id: `shopper-${number}`,
    activity: Math.exp(ACTIVITY_SPREAD * random.normal()),
    categories,
    brands: DEPARTMENTS.map(({ brands }) => {
      const liked = new Set<number>();
      while (liked.size < FAVOURITE_BRANDS) liked.add(random.below(brands.length));
      return liked;
    }),
    priceLevel: random.next(),
    looks: drawLookTaste(looksBy),
    considered: [],
    attractions: new Map(),
  };
};

/** One favourite goes and another comes. */
export const changeTaste = ({ categories }: Shopper, random: Random): void => {
  categories.splice(random.below(categories.length), 1);
  addFavourite(categories, random);
};

const addFavourite = (categories: number[], random: Random): void => {
  const first = categories[0];
  const department = first === undefined ? undefined : CATEGORIES[first]?.departmentIndex;
  const candidates = CATEGORIES.map((_, index) => index).filter((index) => !categories.includes(index));
  const near = candidates.filter((index) => CATEGORIES[index]?.departmentIndex === department);
  categories.push(random.pick(near.length > 0 && random.chance(SAME_DEPARTMENT) ? near : candidates));
};

const LIKED_BRAND = 8;
const PRICE_TOLERANCE = 0.2;
/** Nobody leaves out all that is off their taste. */
const CURIOSITY = 0.03;

/** How much each product of a category attracts this shopper. */
export const attractions = (shopper: Shopper, category: number, products: readonly Product[]): Float64Array => {
  const known = shopper.attractions.get(category);
  if (known !== undefined) return known;
  const found = Float64Array.from(products, (product) => attraction(shopper, product));
  shopper.attractions.set(category, found);
  return found;
};

const attraction = ({ brands, priceLevel, looks }: Shopper, product: Product): number => {
  const department = CATEGORIES[product.category]?.departmentIndex ?? 0;
  const brand = brands[department]?.has(product.brand) === true ? LIKED_BRAND : 1;
  const price = Math.exp(-(((product.priceLevel - priceLevel) / PRICE_TOLERANCE) ** 2)) + CURIOSITY;
  return product.appeal * brand * price * attractionOfLook(looks, product.look);
};

const CONSIDERED = 8;

/** They may come back to it; the oldest of what they considered is forgotten. */
export const consider = ({ considered }: Shopper, product: Product): void => {
  const before = considered.indexOf(product);
  if (before >= 0) considered.splice(before, 1);
  considered.push(product);
  if (considered.length > CONSIDERED) considered.shift();
};
