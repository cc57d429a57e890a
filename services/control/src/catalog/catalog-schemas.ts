import { catalogItemSchema, tenantSchema } from '@offerstream/contracts';
import { nextPage, pageQuery } from '@offerstream/http-api';
import { z } from 'zod';

export const itemParams = z.object({ id: catalogItemSchema.shape.id });
export type ItemParams = z.output<typeof itemParams>;

export const catalogQuery = z.strictObject({ tenant: tenantSchema.shape.id });
export type CatalogQuery = z.output<typeof catalogQuery>;

export const itemPageQuery = pageQuery(catalogItemSchema.shape.id).extend(catalogQuery.shape);
export type ItemPageQuery = z.output<typeof itemPageQuery>;

export const itemResponse = z.object({
  item: catalogItemSchema,
  version: z.int().meta({ description: 'Rises with every change of the item.' }),
});

export const itemPageResponse = z.object({ items: z.array(itemResponse), next: nextPage });

export const importResponse = z.object({
  accepted: z.int(),
  failed: z.int(),
  errors: z.array(z.object({ line: z.int(), code: z.string(), reason: z.string() })),
});

export const ITEM_EXAMPLE = {
  item: {
    id: 'tents-12',
    title: 'Two-person tent',
    categories: ['Camping', 'Tents'],
    price: 199,
    currency: 'EUR',
    available: true,
  },
  version: 1,
} as const;
