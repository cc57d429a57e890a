import type { ItemId } from '@offerstream/contracts';
import { DEMO } from '../shop.fixture.js';
import { SEARCH_LOST, SearchThread } from './search-thread.js';

const SPACE = { encoder: 'meaning', dimensions: 2 };
const BAG = 'bag' as ItemId;

let thread: SearchThread;
let lost: Error[];
let replaced: PromiseWithResolvers<undefined>;
beforeEach(async () => {
  lost = [];
  replaced = Promise.withResolvers();
  thread = new SearchThread({
    onLost: (reason) => lost.push(reason),
    onReplaced: () => replaced.resolve(undefined),
  });
  const state = { title: 'Red bag', categories: [], available: true };
  await thread.ask(DEMO, 'change', { changes: [{ id: BAG, state }] });
});
afterEach(() => thread.close());

const tell = (...values: readonly number[]) =>
  thread.ask(DEMO, 'vectors', {
    items: [{ item: BAG, text: { space: SPACE, values: Float32Array.from(values) }, image: undefined }],
  });
const find = (query: string, ...values: readonly number[]) =>
  thread.ask(DEMO, 'find', {
    query,
    limit: 9,
    vector: values.length === 0 ? undefined : { space: SPACE, values: Float32Array.from(values) },
  });

it('a query that fails is nobody else’s concern', async () => {
  await tell(1, 0);
  const failing = expect(find('red', NaN, 0)).rejects.toThrow('points nowhere');
  const { lexical, vector } = await find('red', 1, 0);
  await failing;
  expect([lexical.map(({ item }) => item), vector.map(({ item }) => item), lost]).toEqual([[BAG], [BAG], []]);
});

it('a thread that dies is replaced by one that knows nothing, and who waits is told so', async () => {
  const waiting = [tell(NaN, 0), find('red')];
  expect(await Promise.allSettled(waiting)).toEqual(Array(2).fill({ status: 'rejected', reason: SEARCH_LOST }));
  await expect(find('red')).rejects.toBe(SEARCH_LOST);
  expect([thread.waitingCount, lost]).toMatchObject([
    0,
    [{ message: expect.stringContaining('points nowhere') as string }],
  ]);
  await replaced.promise;
  expect((await find('red')).lexical).toEqual([]);
});

it('a thread that is closed is not replaced', async () => {
  const closing = thread.close();
  await expect(find('red')).rejects.toBe(SEARCH_LOST);
  await closing;
  expect(lost).toEqual([]);
});
