import { Readable } from 'node:stream';
import type { ActionName } from '@offerstream/contracts';
import { parse } from 'csv-parse';
import { closeQuotes } from './close-quotes.js';
import { HistoryError } from './errors.js';
import type { HistoryWriter } from './history-writer.js';
import { linesOf } from './lines.js';
import type { MappedColumn, Mapping } from './mapping.js';
import { readTime } from './read-time.js';

/** What a row of a table says. */
export interface TableRow {
  readonly line: number;
  readonly subject: string;
  readonly item: string;
  readonly action: ActionName;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly order: string | undefined;
  readonly title: string | undefined;
  readonly price: number | undefined;
  readonly category: string | undefined;
}

type Cells = readonly string[];
type ReadCell = (cells: Cells) => string | undefined;

/**
 * Reads a table row by row; rows that can't be read and rows that the mapping leaves out are reported to the writer.
 *
 * @throws HistoryError `columns` when the table lacks a column that the mapping names
 */
export async function* readTable(
  content: Readable,
  mapping: Mapping,
  history: HistoryWriter,
): AsyncGenerator<TableRow> {
  const parser = parse({
    delimiter: mapping.delimiter,
    info: true,
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      history.unreadable(Number(error?.['lines'] ?? 0), error?.message ?? 'not a row');
      return undefined;
    },
  });
  const unclosed = (line: number): void => history.unreadable(line, 'a quote is never closed');
  const rows = Readable.from(closeQuotes(linesOf(content), mapping.delimiter, unclosed));
  rows.once('error', (error) => parser.destroy(error));
  rows.pipe(parser);
  let readers: Readers | undefined = mapping.header ? undefined : cellReaders(mapping, undefined);
  for await (const { record, info } of parser as AsyncIterable<{ record: Cells; info: { lines: number } }>) {
    if (readers === undefined) {
      readers = cellReaders(
        mapping,
        record.map((name) => name.trim()),
      );
      continue;
    }
    const skipped = readers.skip.find(({ cell, pattern }) => pattern.test(cell(record) ?? ''));
    if (skipped !== undefined) {
      history.skip(skipped.because);
      continue;
    }
    const row = readRow(record, info.lines, mapping, readers);
    if (typeof row === 'string') history.unreadable(info.lines, row);
    else yield row;
  }
}

interface Readers {
  readonly subject: ReadCell;
  readonly item: ReadCell;
  readonly time: ReadCell;
  readonly action: ReadCell;
  readonly order: ReadCell;
  readonly title: ReadCell;
  readonly price: ReadCell;
  readonly category: ReadCell;
  readonly skip: readonly { readonly cell: ReadCell; readonly pattern: RegExp; readonly because: string }[];
}

const NO_CELL: ReadCell = () => undefined;

const cellReaders = ({ columns, skip }: Mapping, header: readonly string[] | undefined): Readers => {
  const read = (column: MappedColumn | undefined): ReadCell =>
    column === undefined ? NO_CELL : cellReader(column, header);
  return {
    subject: read(columns.subject),
    item: read(columns.item),
    time: read(columns.time),
    action: read(columns.action),
    order: read(columns.order),
    title: read(columns.title),
    price: read(columns.price),
    category: read(columns.category),
    skip: skip.map(({ column, pattern, because }) => ({
      cell: cellReader({ names: [column], isOptional: false, pattern: undefined }, header),
      pattern,
      because,
    })),
  };
};

const cellReader = ({ names, isOptional, pattern }: MappedColumn, header: readonly string[] | undefined): ReadCell => {
  const places = names.map((name) => (typeof name === 'number' ? name - 1 : (header?.indexOf(name) ?? -1)));
  const place = places.find((found) => found >= 0);
  if (place === undefined) {
    if (isOptional) return NO_CELL;
    const there = header === undefined ? 'it has no header, so columns go by number' : `it has ${header.join(', ')}`;
    throw new HistoryError('columns', `The table has no column ${names.join(' or ')}; ${there}. Check the mapping.`);
  }
  return (cells) => {
    const text = cells[place]?.trim();
    if (text === undefined || text === '') return undefined;
    return pattern === undefined ? text : pattern.exec(text)?.[1];
  };
};

/** The row, or why it can't be read. */
const readRow = (cells: Cells, line: number, mapping: Mapping, readers: Readers): TableRow | string => {
  const subject = readers.subject(cells);
  if (subject === undefined) return 'no subject';
  const item = readers.item(cells);
  if (item === undefined) return 'no item';
  const timeText = readers.time(cells);
  const timeMs = timeText === undefined ? undefined : readTime(timeText, mapping.time);
  if (timeMs === undefined) return `the time "${timeText ?? ''}" is not ${mapping.time.join(' or ')}`;
  const actionText = readers.action(cells) ?? '';
  const action = mapping.action ?? mapping.actions?.[actionText];
  if (action === undefined) return `the action "${actionText}" is not in the mapping`;
  const price = Number(readers.price(cells) ?? NaN);
  return {
    line,
    subject,
    item,
    action,
    timeMs,
    order: readers.order(cells),
    title: readers.title(cells),
    price: price >= 0 && Number.isFinite(price) ? price : undefined,
    category: readers.category(cells),
  };
};
