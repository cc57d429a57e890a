import type { ItemId, TenantId } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';
import { ItemRecords, type RecordPlace } from './item-records.js';

const SHOP = 'shop' as TenantId;
const MIB = 1024 * 1024;

const record = (offset: number, value: Buffer | null) => ({ partition: 0, offset, value }) as RawRecord;

/** Records whose note is their length, on a topic that has what was put. */
const newRecords = () => {
  const topic = new Map<number, Buffer | null>();
  const read: number[] = [];
  const changed: string[] = [];
  const records = new ItemRecords<number>({
    noteOf: (value) => value.length,
    read: ({ offset }: RecordPlace) => {
      read.push(offset);
      const [at, value] = [...topic].find(([each]) => each >= offset) ?? [];
      return Promise.resolve(at === undefined ? 'after-end' : { offset: at, value: value ?? null });
    },
    onChanged: (tenant, item) => changed.push(`${tenant}:${item}`),
  });
  const put = (item: string, offset: number, value: Buffer | null): string | undefined => {
    topic.set(offset, value);
    return records.put(`shop:${item}`, value, record(offset, value));
  };
  const at = (item: string) => records.read(SHOP, item as ItemId);
  return { records, topic, read, changed, put, at };
};

it('what came last is in memory, and what came before is read again from where it lies', async () => {
  const { put, at, read, records } = newRecords();
  for (const [offset, item] of ['a', 'b', 'c'].entries()) put(item, offset, Buffer.alloc(7 * MIB, item));
  expect((await at('c'))?.value.at(0)).toBe(Buffer.from('c')[0]);
  expect((await at('b'))?.value.at(0)).toBe(Buffer.from('b')[0]);
  expect(read).toEqual([]);
  expect((await at('a'))?.value.at(0)).toBe(Buffer.from('a')[0]);
  expect(read).toEqual([0]);
  expect(records.noteOf(SHOP, 'a' as ItemId)).toBe(7 * MIB);
});

it('what was replaced or has gone makes room, and is not there', async () => {
  const { put, at, read, records, changed } = newRecords();
  put('b', 0, Buffer.alloc(7 * MIB));
  for (let offset = 1; offset < 10; offset++) put('a', offset, Buffer.alloc(7 * MIB));
  put('c', 10, Buffer.from('x'));
  put('c', 11, null);
  expect(await at('a')).toBeDefined();
  expect(await at('b')).toBeDefined();
  expect(read).toEqual([]);
  expect(await at('c')).toBeUndefined();
  expect([...records.items(SHOP)]).toEqual(['b', 'a']);
  expect(changed.slice(-2)).toEqual(['shop:c', 'shop:c']);
});

it('a record that compaction has removed from its place is not taken for another', async () => {
  const { put, at, topic } = newRecords();
  put('a', 0, Buffer.alloc(9 * MIB, 'a'));
  put('b', 1, Buffer.alloc(9 * MIB, 'b'));
  topic.delete(0);
  expect(await at('a')).toBeUndefined();
});

it('a key that names no item is refused', () => {
  const { records } = newRecords();
  expect(records.put('nobody', Buffer.alloc(1), record(0, null))).toContain('not one of this topic');
});
