import { hash128, readSegmentCall, type ActionName } from '@offerstream/contracts';
import type { HistoryWriter } from './history-writer.js';
import { itemFacts } from './item-facts.js';
import type { TableRow } from './read-table.js';

/** Segment's names for the actions. */
const EVENT_NAMES: Readonly<Record<ActionName, string>> = {
  view: 'Product Viewed',
  click: 'Product Clicked',
  wishlist: 'Product Added to Wishlist',
  cart: 'Product Added',
  purchase: 'Order Completed',
  remove: 'Product Removed',
};

/** Below the limit of an event, with room for what the collector adds: an order with more products becomes several events. */
const MAX_PRODUCTS_BYTES = 24 * 1024;

/** Makes the rows of tables into events: rows of one order become one Order Completed. */
export class TableEvents {
  readonly #orders = new Map<string, TableRow[]>();
  /** Rows that are events by themselves and first rows of orders, in the order of the file. */
  readonly #starts: { readonly row: TableRow; readonly order: TableRow[] | undefined }[] = [];

  constructor(
    readonly history: HistoryWriter,
    readonly currency: string | undefined,
  ) {}

  add(row: TableRow): void {
    if (row.action !== 'purchase' || row.order === undefined) {
      this.#starts.push({ row, order: undefined });
      return;
    }
    const key = `${row.order}\0${row.subject}\0${row.timeMs}`;
    const rows = this.#orders.get(key);
    if (rows !== undefined) {
      rows.push(row);
      return;
    }
    const order = [row];
    this.#orders.set(key, order);
    this.#starts.push({ row, order });
  }

  /** To be called at the end of a file. */
  finish(): void {
    for (const { row, order } of this.#starts) {
      if (row.action !== 'purchase') this.#write(row, { ...product(row), ...this.#money() }, row.item);
      else for (const part of partsOf(order ?? [row])) this.#writeOrder(part);
    }
    this.#starts.length = 0;
    this.#orders.clear();
  }

  #writeOrder(rows: readonly TableRow[]): void {
    const [first] = rows;
    if (first === undefined) return;
    const properties = {
      ...(first.order === undefined ? {} : { order_id: first.order }),
      ...this.#money(),
      products: rows.map(product),
    };
    this.#write(first, properties, `${first.order ?? ''}\0${rows.map(({ item }) => item).join('\0')}`);
  }

  #write(row: TableRow, properties: object, what: string): void {
    const messageId = this.history.idOf(hash128(`${row.subject}\0${row.action}\0${row.timeMs}\0${what}`));
    const call = {
      type: 'track',
      event: EVENT_NAMES[row.action],
      userId: row.subject,
      messageId,
      timestamp: new Date(row.timeMs).toISOString(),
      properties,
    };
    const read = readSegmentCall(call);
    if (!read.ok) {
      this.history.unreadable(row.line, read.detail);
      return;
    }
    const { interactions } = read.event;
    const text = JSON.stringify(call);
    this.history.add(
      { messageId, subject: read.event.subject, timeMs: row.timeMs, interactions, call: text },
      itemFacts(call),
    );
  }

  #money(): { readonly currency?: string } {
    return this.currency === undefined ? {} : { currency: this.currency };
  }
}

const product = ({ item, title, price, category }: TableRow): object => ({
  product_id: item,
  ...(title === undefined ? {} : { name: title }),
  ...(price === undefined ? {} : { price }),
  ...(category === undefined ? {} : { category }),
});

const partsOf = (rows: readonly TableRow[]): readonly (readonly TableRow[])[] => {
  const parts: TableRow[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(product(row))) + 1;
    if (bytes + size > MAX_PRODUCTS_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(row);
    bytes += size;
  }
  return parts;
};
