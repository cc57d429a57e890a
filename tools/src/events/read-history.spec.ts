import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { splitByTime, type HistoryEvent } from './history.js';
import { loadMapping, parseMapping } from './mapping.js';
import { readHistory } from './read-history.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerstream-history-'));
});
afterEach(() => rm(folder, { recursive: true }));

const file = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, name.endsWith('.gz') ? gzipSync(content) : content);
  return path;
};
const callOf = (event: HistoryEvent | undefined): Record<string, unknown> =>
  JSON.parse(event?.call ?? '{}') as Record<string, unknown>;
const summary = ({ subject, timeMs, interactions }: HistoryEvent) => [
  subject,
  new Date(timeMs).toISOString(),
  ...interactions.map(({ item, action }) => `${item}:${action}`),
];

describe('Segment calls', () => {
  const call = (fields: object): string =>
    JSON.stringify({
      type: 'track',
      event: 'Product Viewed',
      userId: 'anna',
      timestamp: '2026-01-05T10:00:00.000Z',
      properties: { product_id: 'p1', name: 'Lamp', price: 9.5, category: 'Light' },
      ...fields,
    });

  it('come in time order, whatever the order of the lines and files', async () => {
    const files = [
      await file('b.ndjson', `${call({ timestamp: '2026-01-05T12:00:00Z' })}\n\n${call({})}\n`),
      await file('a.ndjson.gz', call({ timestamp: '2026-01-05T11:00:00+00:00', userId: 'ben' })),
    ];
    const { events } = await readHistory({ files });
    expect(events.map(summary)).toEqual([
      ['anna', '2026-01-05T10:00:00.000Z', 'p1:1'],
      ['ben', '2026-01-05T11:00:00.000Z', 'p1:1'],
      ['anna', '2026-01-05T12:00:00.000Z', 'p1:1'],
    ]);
  });

  it('keep their messageId, and get the same one each time where they have none', async () => {
    const files = [await file('a.ndjson', [call({ messageId: 'm1' }), call({}), call({})].join('\n'))];
    const [first, again] = [await readHistory({ files }), await readHistory({ files })];
    const ids = first.events.map(({ messageId }) => messageId);
    expect(ids[0]).toBe('m1');
    expect(new Set(ids).size).toBe(3);
    expect(again.events).toEqual(first.events);
    expect(first.events.map((event) => callOf(event)['messageId'])).toEqual(ids);
  });

  it('tell what they know of items, the newest last', async () => {
    const order = call({
      event: 'Order Completed',
      properties: {
        order_id: '7',
        currency: 'EUR',
        products: [
          { product_id: 'p1', price: 8 },
          { sku: 'p2', name: 'Desk' },
        ],
      },
    });
    const { items } = await readHistory({ files: [await file('a.ndjson', `${call({})}\n${order}`)] });
    expect([...items.values()]).toEqual([
      { id: 'p1', title: 'Lamp', price: 8, currency: 'EUR', categories: ['Light'], available: true },
      { id: 'p2', title: 'Desk', currency: 'EUR', categories: [], available: true },
    ]);
  });

  it('that can not be read are counted with their line, and the others are taken', async () => {
    const lines = ['{"type":', call({ userId: undefined }), call({ timestamp: undefined }), call({}), '[]'];
    const { events, unreadable } = await readHistory({ files: [await file('a.ndjson', lines.join('\n'))] });
    expect(events).toHaveLength(1);
    expect(unreadable.count).toBe(4);
    expect(unreadable.first.map(({ line }) => line)).toEqual([1, 2, 3, 5]);
    expect(unreadable.first[2]?.reason).toContain('timestamp');
  });
});

describe('tables', () => {
  it("of RetailRocket's form, in seconds and in milliseconds, with both names of the actions", async () => {
    const mapping = await loadMapping('retailrocket');
    const copy = await file(
      'events.csv.gz',
      'timestamp,userid,event,itemid\n1430623510,1,view,7\n1430623535,1,cart,7\n1430623535,1,buy,7\n',
    );
    const original = await file(
      'original.csv',
      'timestamp,visitorid,event,itemid,transactionid\n1430623510000,2,view,7,\n1430623600000,2,transaction,7,5\n1430623600000,2,transaction,8,5\n',
    );
    const { events, unreadable } = await readHistory({ files: [copy, original], mapping });
    expect(unreadable.count).toBe(0);
    expect(events.map(summary)).toEqual([
      ['1', '2015-05-03T03:25:10.000Z', '7:1'],
      ['2', '2015-05-03T03:25:10.000Z', '7:1'],
      ['1', '2015-05-03T03:25:35.000Z', '7:4'],
      ['1', '2015-05-03T03:25:35.000Z', '7:5'],
      ['2', '2015-05-03T03:26:40.000Z', '7:5', '8:5'],
    ]);
  });

  it("of YooChoose's two forms", async () => {
    const prepared = await file('train.txt', 'SessionId\tItemId\tTime\n3\t214716935\t1396437466.94\n');
    const original = await file('clicks.dat', '1,2014-04-07T10:51:09.277Z,214536502,0\n');
    const read = async (name: string, from: string) =>
      (await readHistory({ files: [from], mapping: await loadMapping(name) })).events.map(summary);
    expect(await read('yoochoose', prepared)).toEqual([['3', '2014-04-02T11:17:46.940Z', '214716935:1']]);
    expect(await read('yoochoose-clicks', original)).toEqual([['1', '2014-04-07T10:51:09.277Z', '214536502:1']]);
  });

  const RETAIL = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n';

  it('of Online Retail: an invoice is one order, and what is no sale to a customer is left out', async () => {
    const rows = [
      '536365,85123A,"HOLDER, WHITE",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom',
      '536366,71053,LANTERN,6,12/1/2010 8:28,3.39,17851,United Kingdom',
      '536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom',
      'C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527.0,United Kingdom',
      '536370,POST,POSTAGE,3,2010-12-01 08:45:00,18.0,12583.0,France',
      '536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom',
      '536589,21777,,-10,2010-12-01 16:50:00,0.0,17851,United Kingdom',
      '536590,21777,BOX,1,yesterday,1.0,17851,United Kingdom',
    ];
    const files = [await file('retail.csv', RETAIL + rows.join('\r\n'))];
    const { events, items, skipped, unreadable } = await readHistory({
      files,
      mapping: await loadMapping('online-retail'),
    });
    expect(events.map(summary)).toEqual([
      ['17850', '2010-12-01T08:26:00.000Z', '85123A:5', '71053:5'],
      ['17851', '2010-12-01T08:28:00.000Z', '71053:5'],
    ]);
    expect(callOf(events[0])).toMatchObject({
      event: 'Order Completed',
      properties: { order_id: '536365', currency: 'GBP' },
    });
    expect(items.get('85123A')).toMatchObject({ title: 'HOLDER, WHITE', price: 2.55, currency: 'GBP' });
    expect(Object.fromEntries(skipped)).toEqual({
      cancellation: 1,
      'not a product': 1,
      'no customer': 1,
      'correction of stock': 1,
    });
    expect(unreadable.first).toEqual([
      { file: files[0], line: 9, reason: expect.stringContaining('yesterday') as string },
    ]);
  });

  it('an order that would be too large for an event becomes several, and no product is lost', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => `1,p${i},${'x'.repeat(100)},1,2010-12-01 08:26:00,1,9,UK\n`);
    const { events } = await readHistory({
      files: [await file('retail.csv', RETAIL + rows.join(''))],
      mapping: await loadMapping('online-retail'),
    });
    expect(events.length).toBeGreaterThan(1);
    expect(events.flatMap(({ interactions }) => interactions)).toHaveLength(400);
    expect(Math.max(...events.map(({ call }) => call.length))).toBeLessThan(32 * 1024);
    expect(new Set(events.map(({ messageId }) => messageId)).size).toBe(events.length);
  });

  it('two equal rows are two events, with ids that stay', async () => {
    const mapping = await loadMapping('retailrocket');
    const read = async () => {
      const files = [await file('events.csv', 'timestamp,userid,event,itemid\n1,1,view,7\n1,1,view,7\n')];
      return (await readHistory({ files, mapping })).events.map(({ messageId }) => messageId);
    };
    const ids = await read();
    expect(new Set(ids).size).toBe(2);
    expect(await read()).toEqual(ids);
  });

  it('a quote that is never closed costs its row, not the file, and says where', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i},1,view,item-${i}-${'x'.repeat(40)}\n`);
    const content = `timestamp,userid,event,itemid\n1,1,view,"open\n${rows.join('')}`;
    const { events, unreadable } = await readHistory({
      files: [await file('events.csv', content)],
      mapping: await loadMapping('retailrocket'),
    });
    expect(unreadable.count).toBeGreaterThan(0);
    expect(events.length).toBeGreaterThan(1000);
  });

  it('a table without a mapped column is refused with the columns that it has', async () => {
    const files = [await file('events.csv', 'time,user,item\n1,1,1\n')];
    await expect(readHistory({ files, mapping: await loadMapping('retailrocket') })).rejects.toMatchObject({
      code: 'columns',
      message: expect.stringContaining('time, user, item') as string,
    });
  });
});

it('says what is wrong with a mapping, and which ones there are', async () => {
  await expect(loadMapping('nowhere')).rejects.toMatchObject({
    code: 'mapping',
    message: expect.stringContaining('retailrocket') as string,
  });
  const columns = { subject: 'a', item: 'b', time: 'c' };
  expect(() => parseMapping('{', 'm.json')).toThrow(/not JSON/);
  expect(() => parseMapping(JSON.stringify({ columns, time: ['unix'] }), 'm.json')).toThrow(/action/);
  expect(() => parseMapping(JSON.stringify({ columns, time: ['noon'], action: 'view' }), 'm.json')).toThrow(/time/);
  expect(() =>
    parseMapping(
      JSON.stringify({ columns: { ...columns, item: { column: 'b', pattern: '(' } }, time: ['unix'], action: 'view' }),
      'm',
    ),
  ).toThrow(/item/);
});

it('names the file that is missing, damaged or empty', async () => {
  await expect(readHistory({ files: [join(folder, 'none.ndjson')] })).rejects.toMatchObject({ code: 'no-file' });
  const damaged = join(folder, 'damaged.ndjson.gz');
  await writeFile(damaged, gzipSync('{"type":"track"}'.repeat(100)).subarray(0, 30));
  await expect(readHistory({ files: [damaged] })).rejects.toMatchObject({
    code: 'nothing-to-read',
    message: expect.stringContaining(damaged) as string,
  });
  await expect(readHistory({ files: [await file('empty.ndjson', '')] })).rejects.toMatchObject({
    code: 'nothing-to-read',
  });
});

it('another content has another digest', async () => {
  const line = (id: string) =>
    JSON.stringify({ type: 'track', event: 'x', userId: id, timestamp: '2026-01-05T10:00:00Z' });
  const digest = async (id: string) => (await readHistory({ files: [await file('a.ndjson', line(id))] })).digest;
  expect(await digest('a')).toBe(await digest('a'));
  expect(await digest('a')).not.toBe(await digest('b'));
});

it('splits by time at the share of the events', () => {
  const events = Array.from({ length: 10 }, (_, i) => ({ timeMs: i }) as HistoryEvent);
  const { training, rest } = splitByTime(events, 0.7);
  expect(training.map(({ timeMs }) => timeMs)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(rest.map(({ timeMs }) => timeMs)).toEqual([7, 8, 9]);
});
