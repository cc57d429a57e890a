import { catalogItemSchema, type CatalogItem } from '@offerstream/contracts';
import { fieldName } from '@offerstream/http-api';
import { unstorable } from '@offerstream/http-api';

/** An item's record stays far below the largest message of its topic. */
export const MAX_ITEM_BYTES = 32 * 1024;

export interface Refusal {
  readonly code: 'not-utf8' | 'not-json' | 'too-large' | 'unstorable' | 'invalid';
  readonly reason: string;
}

export type ReadItem =
  { readonly item: CatalogItem; readonly refusal?: never } | { readonly refusal: Refusal; readonly item?: never };

/** Checks what was sent as an item. Fields that Offerstream has no meaning for pass. */
export const readItem = (value: unknown): ReadItem => {
  const reason = unstorable(value);
  if (reason !== undefined) return refuse('unstorable', `The item ${reason}.`);
  const result = catalogItemSchema.safeParse(value);
  if (result.success) return { item: result.data };
  return refuse(
    'invalid',
    result.error.issues.map(({ path, message }) => `${fieldName(path) || 'item'}: ${message}`).join('; '),
  );
};

export const refuse = (code: Refusal['code'], reason: string): { readonly refusal: Refusal } => ({
  refusal: { code, reason },
});
