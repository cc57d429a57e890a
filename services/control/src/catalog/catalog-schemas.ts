import { catalogItemSchema, tenantSchema } from '@offerstream/contracts';
import { z } from 'zod';

export const itemParams = z.object({ id: catalogItemSchema.shape.id });
export type ItemParams = z.output<typeof itemParams>;

export const catalogQuery = z.strictObject({ tenant: tenantSchema.shape.id });
export type CatalogQuery = z.output<typeof catalogQuery>;

export const itemPageQuery = catalogQuery.extend({
  /** The `next` of the page before. */
  after: catalogItemSchema.shape.id.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type ItemPageQuery = z.output<typeof itemPageQuery>;

export const itemResponse = z.object({
  item: catalogItemSchema,
  /** Rises with every change of the item. */
  version: z.int(),
});

export const itemPageResponse = z.object({ items: z.array(itemResponse), next: z.string().optional() });

export const importResponse = z.object({
  accepted: z.int(),
  failed: z.int(),
  errors: z.array(z.object({ line: z.int(), code: z.string(), reason: z.string() })),
});
