import { catalogItemSchema, tenantSchema } from '@offerstream/contracts';
import { FETCH_STATUSES } from '@offerstream/database';
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

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const pictureResponse = z.object({
  item: catalogItemSchema.shape.id,
  sha256: sha256.meta({ description: 'Of the picture as it is kept and published.' }),
  sourceSha256: sha256.meta({ description: 'Of the photo that was sent: the same one need not be sent again.' }),
});

export const picturePageResponse = z.object({ pictures: z.array(pictureResponse), next: nextPage });

export const fetchPageQuery = itemPageQuery.extend({ status: z.enum(FETCH_STATUSES).optional() });
export type FetchPageQuery = z.output<typeof fetchPageQuery>;

const pictureFetchResponse = z.object({
  item: catalogItemSchema.shape.id,
  url: z.string(),
  status: z.enum(FETCH_STATUSES),
  attempts: z.int().min(0),
  failure: z
    .object({ code: z.string(), reason: z.string() })
    .optional()
    .meta({ description: 'Of the last attempt, where it failed.' }),
  dueAt: z.iso.datetime().optional().meta({ description: 'When it is tried next, at the earliest.' }),
});

export const fetchPageResponse = z.object({ fetches: z.array(pictureFetchResponse), next: nextPage });

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
    pictureUrl: 'https://pictures.my-shop.example/tents-12.jpg',
  },
  version: 1,
} as const;

export const PICTURE_EXAMPLE = {
  item: 'tents-12',
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  sourceSha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
} as const;

export const FETCH_EXAMPLE = {
  item: 'tents-12',
  url: 'https://pictures.my-shop.example/tents-12.jpg',
  status: 'failed',
  attempts: 1,
  failure: {
    code: 'host-not-allowed',
    reason: 'the tenant has not allowed the host pictures.my-shop.example: name it in pictureHosts',
  },
} as const;
