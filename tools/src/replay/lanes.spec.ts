import { setTimeout as delay } from 'node:timers/promises';
import { Lanes } from './lanes.js';

const LIMITS = { lanes: 4, maxEvents: 10, maxBytes: 1_000 };
const event = (subject: string, call: string) => ({ subject, call });
type Event = ReturnType<typeof event>;

it('keeps every shopper’s order while it sends several batches at once', async () => {
  const seen: Event[] = [];
  let underWay = 0;
  let most = 0;
  const shoppersUnderWay = new Set<string>();
  const lanes = new Lanes<Event>(async (batch) => {
    const shoppers = new Set(batch.map(({ subject }) => subject));
    for (const shopper of shoppers) expect(shoppersUnderWay.has(shopper)).toBe(false);
    for (const shopper of shoppers) shoppersUnderWay.add(shopper);
    underWay += 1;
    most = Math.max(most, underWay);
    await delay(batch.length % 3);
    underWay -= 1;
    for (const shopper of shoppers) shoppersUnderWay.delete(shopper);
    seen.push(...batch);
  }, LIMITS);
  const events = Array.from({ length: 500 }, (_, i) => event(`s${i % 17}`, String(i)));
  for (const one of events) lanes.push(one);
  await lanes.idle();
  expect(seen).toHaveLength(500);
  expect(most).toBe(4);
  for (let shopper = 0; shopper < 17; shopper++) {
    const of = (list: readonly Event[]) => list.filter(({ subject }) => subject === `s${shopper}`);
    expect(of(seen)).toEqual(of(events));
  }
});

it('cuts batches at the limits, and at as many events of one shopper as the line recognises', async () => {
  const sizes: number[] = [];
  const send = (batch: readonly Event[]): Promise<void> => {
    sizes.push(batch.length);
    return Promise.resolve();
  };
  const all = async (limits: typeof LIMITS, events: readonly Event[]): Promise<readonly number[]> => {
    sizes.length = 0;
    const lanes = new Lanes(send, { ...limits, lanes: 1 });
    for (const one of events) lanes.push(one);
    await lanes.idle();
    return [...sizes];
  };
  const many = (count: number, call: string) => Array.from({ length: count }, (_, i) => event(`s${i}`, call));
  expect(await all(LIMITS, many(25, '1'))).toEqual([10, 10, 5]);
  expect(await all(LIMITS, many(5, 'x'.repeat(400)))).toEqual([2, 2, 1]);
  expect(await all(LIMITS, many(2, 'x'.repeat(5_000)))).toEqual([1, 1]);
  const one = Array.from({ length: 70 }, () => event('anna', '1'));
  expect(await all({ ...LIMITS, maxEvents: 100 }, one)).toEqual([32, 32, 6]);
});

it('hands on what ended the sending, and sends no more', async () => {
  let sent = 0;
  const lanes = new Lanes<Event>(() => {
    sent += 1;
    return Promise.reject(new Error('gone'));
  }, LIMITS);
  lanes.push(event('anna', '1'));
  await expect(lanes.idle()).rejects.toThrow('gone');
  expect(() => lanes.push(event('ben', '2'))).toThrow('gone');
  expect(sent).toBe(1);
});
