import { z } from 'zod';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * Query of a list that is read page by page.
 *
 * @param cursor what `next` of the page before holds
 */
export const pageQuery = <Cursor extends z.ZodType>(cursor: Cursor) =>
  z.strictObject({
    after: cursor.optional().meta({ description: 'The `next` of the page before; left out for the first page.' }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(MAX_LIMIT)
      .default(DEFAULT_LIMIT)
      .meta({ description: 'Most entries of the page.' }),
  });

/** Member `next` of a page; left out on the last one. */
export const nextPage = z
  .string()
  .optional()
  .meta({ description: 'Send it as `after` to read on; left out on the last page.' });
