import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ACTION_NAMES, type ActionName } from '@offerstream/contracts';
import { hasCode } from '@offerstream/infra';
import { z } from 'zod';
import { HistoryError } from './errors.js';

const MAPPINGS_FOLDER = fileURLToPath(new URL('../../mappings/', import.meta.url));

/** A column by its name in the header, or by its number from 1 where the file has no header. */
const columnName = z.union([z.string().min(1), z.int().min(1)]);

const pattern = z.string().transform((text, context) => {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    context.addIssue(`is no regular expression: ${(error as SyntaxError).message}`);
    return z.NEVER;
  }
});

/**
 * Where a value stands: a column; the first one of several names that the file has, with null at the end where it may lack all
 * of them; or the part of a column that the first group of a pattern matches.
 */
const column = z.union([
  columnName.transform((name) => ({ names: [name], isOptional: false, pattern: undefined })),
  z
    .array(columnName.nullable())
    .min(1)
    .transform((names) => ({
      names: names.filter((name) => name !== null),
      isOptional: names.includes(null),
      pattern: undefined,
    })),
  z
    .strictObject({ column: columnName, pattern })
    .transform((part) => ({ names: [part.column], isOptional: false, pattern: part.pattern })),
]);

const action = z.enum(ACTION_NAMES as [ActionName, ...ActionName[]]);

const mappingSchema = z
  .strictObject({
    description: z.string().optional(),
    delimiter: z.string().length(1).default(','),
    header: z.boolean().default(true),
    columns: z.strictObject({
      subject: column,
      item: column,
      time: column,
      action: column.optional(),
      /** Rows of one order become one event. */
      order: column.optional(),
      title: column.optional(),
      price: column.optional(),
      category: column.optional(),
    }),
    /** Tried one after the other, see `readTime`. */
    time: z.array(z.enum(['unix', 'iso', 'month-first'])).min(1),
    /** What the names in the action column mean. */
    actions: z.record(z.string(), action).optional(),
    /** What every row is, where there is no action column. */
    action: action.optional(),
    /** Rows that are no events of a shopper. */
    skip: z.array(z.strictObject({ column: columnName, pattern, because: z.string().min(1) })).default([]),
    /** Of all prices. */
    currency: z.string().length(3).optional(),
  })
  .refine(({ columns, actions }) => (columns.action === undefined) === (actions === undefined), {
    message: 'columns.action and actions belong together',
  })
  .refine(({ actions, action: fixed }) => (actions === undefined) !== (fixed === undefined), {
    message: 'give either columns.action with actions, or action',
  });

/** How the rows of a table become events. */
export type Mapping = Readonly<z.output<typeof mappingSchema>>;
export type MappedColumn = z.output<typeof column>;

/**
 * Reads a mapping that ships with Offerstream, by its name, or one of the shop's own, by its file.
 *
 * @throws HistoryError `mapping`
 */
export const loadMapping = async (nameOrFile: string): Promise<Mapping> => {
  const ours = (await readdir(MAPPINGS_FOLDER)).filter((file) => file.endsWith('.json'));
  const file = ours.includes(`${nameOrFile}.json`) ? `${MAPPINGS_FOLDER}${nameOrFile}.json` : nameOrFile;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    const names = ours.map((name) => name.replace(/\.json$/, '')).join(', ');
    throw new HistoryError('mapping', `There is no mapping "${nameOrFile}": give a file, or one of ${names}.`, error);
  }
  return parseMapping(text, file);
};

/** @throws HistoryError `mapping` */
export const parseMapping = (text: string, name: string): Mapping => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new HistoryError('mapping', `The mapping ${name} is not JSON: ${(error as SyntaxError).message}`, error);
  }
  const result = mappingSchema.safeParse(json);
  if (result.success) return result.data;
  throw new HistoryError('mapping', `The mapping ${name} can't be used:\n${z.prettifyError(result.error)}`);
};
