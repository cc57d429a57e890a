import type { TenantId } from '@offerstream/contracts';
import { FairQueue } from './fair-queue.js';

const [BIG, SMALL, THIRD] = ['big', 'small', 'third'] as TenantId[] as [TenantId, TenantId, TenantId];

/** @param mostEntries of the queue, in which some wait */
const queueOf = (mostEntries: number, ...entries: readonly (readonly [TenantId, string])[]) => {
  const queue = new FairQueue<string>(mostEntries);
  for (const [tenant, entry] of entries) expect(queue.add(tenant, entry)).toBeUndefined();
  return queue;
};
const drain = (queue: FairQueue<string>): readonly string[] => {
  const entries = [];
  for (let entry = queue.next(); entry !== undefined; entry = queue.next()) entries.push(entry);
  return entries;
};

it('tenants have their turns one after the other, each tenant’s first come first', () => {
  const queue = queueOf(9, [BIG, 'b1'], [BIG, 'b2'], [BIG, 'b3'], [SMALL, 's1'], [THIRD, 't1'], [SMALL, 's2']);
  expect(queue.next()).toBe('b1');
  // Who comes again has had their turn.
  expect(queue.add(BIG, 'b4')).toBeUndefined();
  expect(drain(queue)).toEqual(['s1', 't1', 'b2', 's2', 'b3', 'b4']);
  expect(queue.length).toBe(0);
});

it('where there is no room, the newest of who has the most gives way to others', () => {
  const queue = queueOf(4, [BIG, 'b1'], [BIG, 'b2'], [BIG, 'b3'], [BIG, 'b4']);
  expect(queue.add(BIG, 'b5')).toBe('b5');
  expect([queue.add(SMALL, 's1'), queue.add(SMALL, 's2')]).toEqual(['b4', 'b3']);
  // Nobody has more than who comes would have.
  expect([queue.add(SMALL, 's3'), queue.add(BIG, 'b6')]).toEqual(['s3', 'b6']);
  expect(queue.add(THIRD, 't1')).toBe('b2');
  expect(queue.length).toBe(4);
  expect(drain(queue)).toEqual(['b1', 's1', 't1', 's2']);
});

it('what is removed has no turn', () => {
  const queue = queueOf(9, [BIG, 'b1'], [SMALL, 's1'], [BIG, 'b2']);
  for (const entry of ['b1', 's1', 'nothing']) queue.remove(entry);
  expect(queue.length).toBe(1);
  expect(drain(queue)).toEqual(['b2']);
});
