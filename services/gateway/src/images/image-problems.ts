import { Problem, type BodyLimits, type ProblemDetails } from '@offerstream/http-api';
import type { ServingImageModel } from '../models/model-folder.js';
import { REFUSALS } from '../the-tenant.js';

/** Largest body of a request with photos. */
export const MAX_BODY_BYTES = 16 * 2 ** 20;

/** More photos wait, or more bytes of them are there, than are taken. */
export const IMAGES_BUSY: ProblemDetails = {
  status: 429,
  code: 'images-busy',
  reason: 'More photos wait than are taken.',
  fix: 'Send the request again after Retry-After, and fewer at a time.',
  retryAfterSeconds: 1,
};

/** Problems of every operation that looks at photos, by status. */
export const REFUSALS_OF_IMAGES = {
  400: ['image-empty', 'image-type', 'image-too-large', 'image-unreadable', 'image-too-slow'],
  404: ['model-unknown'],
  429: [...REFUSALS[429], 'images-busy'],
  503: [...REFUSALS[503], 'model-away', 'model-unusable', 'images-failed'],
} as const;

export const PICTURE_UNKNOWN = new Problem({
  status: 404,
  code: 'picture-unknown',
  reason: 'The item has no picture, or no model has looked at it yet.',
  fix: 'Give the item a picture, or wait a moment where it has one for the first time.',
});

/** Before what is said of items' pictures has been read to its end, as it was at the start. */
export const PICTURES_STARTING = new Problem({
  status: 503,
  code: 'starting',
  reason: 'The gateway is reading what it has to know of pictures.',
  fix: 'Send the request again after Retry-After.',
  retryAfterSeconds: 1,
});

/** Nothing of the shop can be compared with a photo. */
export const vectorsMissing = ({ name, version }: Pick<ServingImageModel, 'name' | 'version'>): Problem =>
  new Problem({
    status: 409,
    code: 'vectors-missing',
    reason: `No item of the shop has a vector of version ${version} of ${name} yet.`,
    fix: 'Vectors are being made of the items that have pictures: send the request again after Retry-After, or give items pictures first.',
    retryAfterSeconds: 5,
  });

/** Bytes of photos that are there at once. In memory it may be the double: JSON is text and photo. */
const MOST_BYTES = 128 * 2 ** 20;
export const BODY_LIMITS: BodyLimits = { mostBytes: MOST_BYTES, mostBytesOfTenant: MOST_BYTES / 2, busy: IMAGES_BUSY };
