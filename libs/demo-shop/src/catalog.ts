import type { CatalogItem, ItemId } from '@offerstream/contracts';
import { DEPARTMENTS, LINES, type Category, type Department } from './assortment.js';
import { drawLook, type Look } from './look.js';
import type { Random } from './random.js';

/** An item of the shop, with what makes shoppers choose it. */
export interface Product {
  readonly item: CatalogItem & { readonly title: string; readonly price: number; readonly brand: string };
  /** Place of its category in {@link CATEGORIES}. */
  readonly category: number;
  /** Place of its brand in its department. */
  readonly brand: number;
  /** How much it attracts everybody; above 0. */
  readonly appeal: number;
  /** Where its price stands in its category, 0 the cheapest, 1 the dearest. */
  readonly priceLevel: number;
  readonly look: Look;
}

export interface CategoryPlace {
  readonly department: Department;
  readonly departmentIndex: number;
  readonly category: Category;
}

/** All categories, those of a department next to each other. */
export const CATEGORIES: readonly CategoryPlace[] = DEPARTMENTS.flatMap((department, departmentIndex) =>
  department.categories.map((category) => ({ department, departmentIndex, category })),
);

export const PRODUCTS_PER_CATEGORY = 40;

/**
 * The products of each category, in the order of {@link CATEGORIES}.
 *
 * @param looksBy draws how they look
 */
export const generateCatalog = (random: Random, looksBy: Random): readonly (readonly Product[])[] =>
  CATEGORIES.map((place, index) => generateCategory(place, index, random, looksBy));

const generateCategory = (place: CategoryPlace, index: number, random: Random, looksBy: Random): readonly Product[] => {
  const titles = new Set<string>();
  const drafts = Array.from({ length: PRODUCTS_PER_CATEGORY }, () => draftProduct(place, titles, random));
  const byPrice = drafts.map(({ price }) => price).sort((a, b) => a - b);
  return drafts.map((draft, number) => ({
    item: catalogItem(place, draft, number + 1),
    category: index,
    brand: draft.brand,
    appeal: Math.exp(APPEAL_SPREAD * random.normal()),
    priceLevel: byPrice.indexOf(draft.price) / (PRODUCTS_PER_CATEGORY - 1),
    look: drawLook(draft.variant, looksBy),
  }));
};

/** A product that came after the catalog, of any category. */
export interface Newcomer {
  readonly item: Product['item'];
  readonly category: number;
  readonly look: Look;
}

/** Newcomers are numbered from here, whatever their category, so that nothing has an id twice. */
const FIRST_NEWCOMER = 1_001;

/** @param number of the newcomer, 0 the first */
export const generateNewcomer = (
  number: number,
  catalog: readonly (readonly Product[])[],
  random: Random,
): Newcomer => {
  const category = random.below(CATEGORIES.length);
  const place = CATEGORIES[category] as CategoryPlace;
  const titles = new Set(catalog[category]?.map(({ item }) => item.title));
  const draft = draftProduct(place, titles, random);
  return { item: catalogItem(place, draft, FIRST_NEWCOMER + number), category, look: drawLook(draft.variant, random) };
};

/** The number of the newcomer with this id; undefined for what is none. */
export const newcomerNumber = (id: string): number | undefined => {
  const number = Number(/-(\d+)$/.exec(id)?.[1]) - FIRST_NEWCOMER;
  return number >= 0 ? number : undefined;
};

interface ProductDraft {
  /** Place in its department. */
  readonly brand: number;
  readonly title: string;
  /** What its title says after the comma. */
  readonly variant: string;
  readonly price: number;
}

/** @param titles that there are; its own is added */
const draftProduct = ({ department, category }: CategoryPlace, titles: Set<string>, random: Random): ProductDraft => {
  const brand = random.below(department.brands.length);
  let title: string;
  let variant: string;
  do {
    const [line, noun] = [random.pick(LINES), random.pick(category.nouns)];
    variant = random.pick(category.variants);
    title = `${department.brands[brand] as string} ${line} ${noun}, ${variant}`;
  } while (titles.has(title));
  titles.add(title);
  return { brand, title, variant, price: priceOf(category, brand / (department.brands.length - 1), random) };
};

const catalogItem = (
  { department, category }: CategoryPlace,
  { brand, title, price }: ProductDraft,
  number: number,
): Product['item'] => ({
  id: `${slug(category.name)}-${String(number).padStart(2, '0')}` as ItemId,
  title,
  categories: [department.name, category.name],
  price,
  currency: 'EUR',
  available: true,
  brand: department.brands[brand] as string,
});

/** A few products sell many times as often as most. */
const APPEAL_SPREAD = 0.9;

/** Even on the scale of logarithms, half by the brand and half by the product, and ending as prices do. */
const priceOf = ({ prices: [least, most] }: Category, brandLevel: number, random: Random): number => {
  const level = (brandLevel + random.next()) / 2;
  const price = least * (most / least) ** level;
  return price < 20 ? Math.floor(price) + 0.95 : Math.round(price / 5) * 5 - 0.05;
};

const slug = (name: string): string => name.toLowerCase().replace(/[^a-z]+/g, '-');
