import { join } from 'node:path';
import { referenceData, skipUnless } from '@offerstream/testing';
import { loadMapping } from './mapping.js';
import { readHistory } from './read-history.js';

/** Half a million rows, on a machine that does other things, too. */
const TIMEOUT_MS = 600_000;

const folder = referenceData();
const there = skipUnless(folder !== undefined, 'OFFERSTREAM_REFERENCE_DATA names no folder of recorded data');

there('the mappings that ship read the real data sets', () => {
  const read = async (mapping: string, ...path: readonly string[]) =>
    readHistory({ files: [join(folder ?? '', ...path)], mapping: await loadMapping(mapping) });

  it('RetailRocket: every row is an event', async () => {
    const { events, unreadable, skipped } = await read('retailrocket', 'retailrocket_mb', 'events.csv.gz');
    expect({ events: events.length, unreadable: unreadable.count, skipped: skipped.size }).toEqual({
      events: 97_381,
      unreadable: 0,
      skipped: 0,
    });
    const counts = [1, 4, 5].map(
      (action) => events.filter(({ interactions }) => interactions[0]?.action === action).length,
    );
    expect(counts).toEqual([75_374, 12_456, 9_551]);
    expect(new Set(events.map(({ subject }) => subject)).size).toBe(2_174);
  });

  it('YooChoose: every click is an event', async () => {
    const { events, unreadable } = await read('yoochoose', 'rsc15_100k', 'yoochoose-clicks-100k_train_full.txt');
    expect([events.length, unreadable.count]).toEqual([70_278, 0]);
    expect(new Set(events.map(({ subject }) => subject)).size).toBe(17_794);
  });

  it(
    'Online Retail: every row is a product of an order, or left out for a reason',
    async () => {
      const { events, items, unreadable, skipped } = await read(
        'online-retail',
        'online_retail',
        'online_retail.csv.gz',
      );
      const products = events.reduce((sum, { interactions }) => sum + interactions.length, 0);
      const leftOut = [...skipped.values()].reduce((sum, rows) => sum + rows, 0);
      expect(unreadable.count).toBe(0);
      expect(products + leftOut).toBe(541_909);
      expect(skipped.get('no customer')).toBe(135_080);
      expect([...items.values()].every(({ title, price }) => title !== undefined && price !== undefined)).toBe(true);
    },
    TIMEOUT_MS,
  );
});
