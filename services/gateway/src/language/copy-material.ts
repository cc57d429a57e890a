import { itemHash, type ItemId, type Placement, type TenantId } from '@offerstream/contracts';
import type { DescribedItem, Shop } from '@offerstream/decisioning';
import { MAX_WORDS } from './language-refusal.js';
import type { CopyItem } from './language-tasks.js';

const BUILT_IN_TEMPLATES: readonly string[] = [
  '{New|Now in|Just in}: {title}',
  '{title} – {from|in} {category}',
  '{Discover|See|Find} {title}',
  '{title} {for|at|from} {price}',
  '{More of|Best of} {category}: {words:4}',
];

/** Those of a placement, or some that are built in. */
export const templatesOf = (placement: Placement | undefined): readonly string[] =>
  placement?.copyTemplates ?? BUILT_IN_TEMPLATES;

/** What copy can say of an item; undefined where the catalog has none of that id. */
export const copyItemOf = (shop: Shop<DescribedItem>, tenant: TenantId, id: ItemId): CopyItem | undefined => {
  const item = shop.item(itemHash(tenant, id));
  return item && { title: item.title, categories: item.categories, price: item.price?.toFixed(2) };
};

/** Each template is read once alternative by alternative, and once filled, unless it has become too long. */
export const mostCopyTokens = (templates: readonly string[], { title, categories }: CopyItem): number => {
  const ofItem = (title?.length ?? 0) + categories.join(' ').length;
  return templates.reduce((sum, { length }) => sum + length + Math.min(length + 2 * ofItem, MAX_WORDS), 0);
};
