import type { ItemId } from '@offerstream/contracts';
import type { DescribedItem } from './catalog.js';

/** Which items may be chosen; what is left out limits nothing. */
export interface ItemFilter {
  /** Lowest and highest price, both included, in the catalog's currency; an item without a price is outside. */
  readonly minPrice?: number | undefined;
  readonly maxPrice?: number | undefined;
  /** Paths of categories, each with all below it; an item has to be in one of them. */
  readonly categories?: readonly (readonly string[])[] | undefined;
  readonly exclude?: ReadonlySet<ItemId> | undefined;
}

/** Says of an item whether the filter lets it through; undefined where it lets everything through. */
export const acceptedBy = ({
  minPrice,
  maxPrice,
  categories,
  exclude,
}: ItemFilter): ((item: DescribedItem) => boolean) | undefined => {
  if (minPrice === undefined && maxPrice === undefined && categories === undefined && !exclude?.size) return undefined;
  return (item) => {
    if (exclude?.has(item.id) === true) return false;
    if (minPrice !== undefined && !(item.price !== undefined && item.price >= minPrice)) return false;
    if (maxPrice !== undefined && !(item.price !== undefined && item.price <= maxPrice)) return false;
    return categories === undefined || categories.some((path) => isWithin(item.categories, path));
  };
};

const isWithin = (categories: readonly string[], path: readonly string[]): boolean =>
  path.every((name, depth) => categories[depth] === name);
