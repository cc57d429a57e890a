import { z } from 'zod';

/**
 * What people call something. No control characters; those that format are allowed, since scripts and emoji are joined by them.
 * Written out instead of `\p{Cc}`, for readers of the JSON Schema that know no Unicode properties.
 */
export const shortText = z
  .string()
  // eslint-disable-next-line no-control-regex -- it is what is refused
  .regex(/^[^\u0000-\u001f\u007f-\u009f]{1,100}$/u, 'must be 1 to 100 characters without control characters');
