import type { ShownFetch } from '@offerstream/database';
import { Problem } from '@offerstream/http-api';
import type { ImageRefusal, ImageRefusalCode } from '@offerstream/vision';

export const itemUnknown = (tenant: string, id: string): Problem =>
  new Problem({
    status: 404,
    code: 'item-unknown',
    reason: `Tenant ${tenant} has no item ${id}.`,
    fix: `See GET /v1/catalog/items?tenant=${tenant}.`,
  });

/** @param fetch of the picture that the item names */
export const pictureUnknown = (tenant: string, id: string, fetch: ShownFetch | undefined): Problem =>
  new Problem({
    status: 404,
    code: 'picture-unknown',
    reason: `Item ${id} of tenant ${tenant} has no picture${fetch === undefined ? '' : `, ${fateOf(fetch)}`}.`,
    fix: `Send one: PUT /v1/catalog/items/{id}/picture?tenant=${tenant}.`,
  });

const fateOf = ({ url, status, failure }: ShownFetch): string => {
  if (status === 'done') return `that of ${url} was taken away`;
  const why = failure === undefined ? '' : `: ${failure.reason}`;
  return status === 'failed'
    ? `that of ${url} could not be fetched${why}`
    : `that of ${url} is still to be fetched${why}`;
};

export const tooManyPictures = (tenant: string, most: number): Problem =>
  new Problem({
    status: 409,
    code: 'too-many-pictures',
    reason: `A tenant has at most ${most} pictures.`,
    fix: `Remove some first: DELETE /v1/catalog/items/{id}/picture?tenant=${tenant}.`,
  });

export const NO_PHOTO = new Problem({
  status: 400,
  code: 'no-photo',
  reason: 'The request has no body.',
  fix: 'Send the bytes of a photo, with the content type image/jpeg, image/png or image/webp.',
});

export const PHOTOS_BUSY = {
  status: 429,
  code: 'photos-busy',
  reason: 'More photos wait than are taken.',
  fix: 'Send the photo again after Retry-After, and fewer at a time.',
  retryAfterSeconds: 1,
} as const;

const STATUS_OF: Readonly<Record<ImageRefusalCode, number>> = {
  'image-empty': 400,
  'image-type': 415,
  'image-too-large': 413,
  'image-unreadable': 400,
  'image-too-slow': 400,
};

export const photoRefused = ({ code, message, fix }: ImageRefusal): Problem =>
  new Problem({ status: STATUS_OF[code], code, reason: `The photo is not taken: ${message}.`, fix });
