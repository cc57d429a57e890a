type Branded<Name extends string> = string & { readonly __brand: Name };

/** Matches `[a-z0-9-]{1,32}`, so that `tenant:subject` splits in one way only. */
export type TenantId = Branded<'TenantId'>;
/** `userId` when known, else `anonymousId`; at most 200 bytes of UTF-8. */
export type SubjectId = Branded<'SubjectId'>;
export type ItemId = Branded<'ItemId'>;
export type PlacementId = Branded<'PlacementId'>;
/** `tenant:subject`, the key of `clickstream` and `offers`. */
export type SubjectKey = Branded<'SubjectKey'>;
/** `tenant:model:subject`, the key of `user-vectors`. */
export type VectorKey = Branded<'VectorKey'>;

export const MAX_SUBJECT_BYTES = 200;
export const MAX_ITEM_ID_BYTES = 200;
/** A model's name is a folder's in the model repository, and part of keys: no colon. */
export const MODEL_NAME_PATTERN = /^[A-Za-z0-9._-]{1,100}$/;
const TENANT_PATTERN = /^[a-z0-9-]{1,32}$/;

export const isTenantId = (value: string): value is TenantId => TENANT_PATTERN.test(value);

export const isSubjectId = (value: string): value is SubjectId => isShortText(value, MAX_SUBJECT_BYTES);

export const isItemId = (value: string): value is ItemId => isShortText(value, MAX_ITEM_ID_BYTES);

// A lone surrogate has no UTF-8: such a text would not be itself any more once it was a record's key.
// A UTF-16 code unit needs at most three bytes of UTF-8, so most strings are accepted without counting.
const isShortText = (value: string, maxBytes: number): boolean =>
  value.length > 0 && value.isWellFormed() && (value.length * 3 <= maxBytes || Buffer.byteLength(value) <= maxBytes);

export const subjectKey = (tenant: TenantId, subject: SubjectId): SubjectKey => `${tenant}:${subject}` as SubjectKey;

/**
 * A shopper has a vector of each model. Neither a tenant nor a model's name has a colon, so the key splits in one way only.
 *
 * @param model its name, as `MODEL_NAME_PATTERN` allows it
 */
export const vectorKey = (tenant: TenantId, model: string, subject: SubjectId): VectorKey =>
  `${tenant}:${model}:${subject}` as VectorKey;

export const itemKey = (tenant: TenantId, item: ItemId): string => `${tenant}:${item}`;

/** @param window start of the hour, as it stands in the record */
export const usageKey = (tenant: TenantId, source: string, epoch: string, window: string): string =>
  `${tenant}:${source}:${epoch}:${window}`;

/** Splits `tenant:rest`; undefined when the part before the first colon is not a tenant id or the rest is empty. */
export const splitKey = (key: string): { readonly tenant: TenantId; readonly rest: string } | undefined => {
  const colon = key.indexOf(':');
  if (colon < 0 || colon === key.length - 1) return undefined;
  const tenant = key.slice(0, colon);
  return isTenantId(tenant) ? { tenant, rest: key.slice(colon + 1) } : undefined;
};
