import { Receipts, REMEMBERED_MS } from './receipts.js';

const open = () => {
  const time = { nowMs: 1_000 };
  let seeds = 0;
  return { time, receipts: new Receipts({ nowMs: () => time.nowMs, newSeed: () => ++seeds }) };
};

it('a repeat has the receipt of the request that it repeats, and its seed', () => {
  const { receipts } = open();
  const first = receipts.of('a', false);
  expect(receipts.of('b', true)).not.toBe(first);
  expect(receipts.of('a', true)).toBe(first);
  expect(receipts.of('a', true).seed).toBe(1);
});

it('a request that does not say that it is a repeat is one of its own, and the next repeat is that one’s', () => {
  const { receipts } = open();
  const first = receipts.of('a', false);
  const second = receipts.of('a', false);
  expect(second).not.toBe(first);
  expect(receipts.of('a', true)).toBe(second);
});

it('is forgotten after some minutes', () => {
  const { receipts, time } = open();
  const first = receipts.of('a', false);
  time.nowMs += REMEMBERED_MS - 1;
  expect(receipts.of('a', true)).toBe(first);
  time.nowMs += 1;
  expect(receipts.of('a', true)).not.toBe(first);
});

it('remembers no more than so many', () => {
  const { receipts } = open();
  const oldest = receipts.of('oldest', false);
  for (let request = 0; request < 99_999; request++) receipts.of(String(request), false);
  expect(receipts.of('oldest', true)).toBe(oldest);
  receipts.of('one more', false);
  expect(receipts.of('oldest', true)).not.toBe(oldest);
});
