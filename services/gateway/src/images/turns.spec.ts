import type { TenantId } from '@offerstream/contracts';
import { Turns } from './turns.js';

const BIG = 'big' as TenantId;
const SMALL = 'small' as TenantId;
const BUSY = new Error('busy');

/** Work that ends when it is told to. */
const setUp = ({ atOnce = 1, mostWaiting = 9 } = {}) => {
  const turns = new Turns({ atOnce, mostWaiting, busy: () => BUSY });
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const begin = (tenant: TenantId, name: string, signal = new AbortController().signal): Promise<unknown> => {
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    const work = () => {
      started.push(name);
      return end.promise;
    };
    return turns.run(tenant, work, signal).catch((error: unknown) => error);
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.resolve(name);
    await new Promise(setImmediate);
  };
  const fail = async (name: string): Promise<void> => {
    ends.get(name)?.reject(new Error(name));
    await new Promise(setImmediate);
  };
  /** Is called when the work has ended, and nobody has taken its place yet. */
  const onceEnded = (name: string, call: () => void) => void ends.get(name)?.promise.then(call);
  return { begin, started, end, fail, onceEnded };
};

it('as many run as may, and a tenant that wants much keeps nobody waiting', async () => {
  const { begin, started, end } = setUp({ atOnce: 2 });
  const done = [begin(BIG, 'b1'), begin(BIG, 'b2'), begin(BIG, 'b3'), begin(BIG, 'b4'), begin(SMALL, 's1')];
  expect(started).toEqual(['b1', 'b2']);
  for (const name of ['b1', 'b2', 'b3', 's1', 'b4']) await end(name);
  expect(started).toEqual(['b1', 'b2', 'b3', 's1', 'b4']);
  expect(await Promise.all(done)).toEqual(['b1', 'b2', 'b3', 'b4', 's1']);
});

it('work that fails gives its place back', async () => {
  const { begin, started, fail } = setUp();
  const failing = begin(BIG, 'b1');
  void begin(BIG, 'b2');
  await fail('b1');
  expect(await failing).toMatchObject({ message: 'b1' });
  await fail('b2');
  void begin(BIG, 'b3');
  expect(started).toEqual(['b1', 'b2', 'b3']);
});

it('so many of a tenant wait, and one more is refused', async () => {
  const { begin, started, end } = setUp({ mostWaiting: 2 });
  for (const name of ['b1', 'b2', 'b3']) void begin(BIG, name);
  expect(await begin(BIG, 'b4')).toBe(BUSY);
  void begin(SMALL, 's1');
  for (const name of ['b1', 'b2', 's1', 'b3']) await end(name);
  expect(started).toEqual(['b1', 'b2', 's1', 'b3']);
});

it('who goes away while they wait is not worked for, and keeps nobody waiting', async () => {
  const { begin, started, end } = setUp({ mostWaiting: 1 });
  const leaving = new AbortController();
  void begin(BIG, 'b1');
  const left = begin(BIG, 'b2', leaving.signal);
  leaving.abort('gone');
  expect(await left).toBe('gone');
  void begin(BIG, 'b3');
  await end('b1');
  expect(started).toEqual(['b1', 'b3']);
});

it('who goes away as their turn comes hands the place on', async () => {
  const { begin, started, end, onceEnded } = setUp();
  const leaving = new AbortController();
  void begin(BIG, 'b1');
  const left = begin(BIG, 'b2', leaving.signal);
  void begin(BIG, 'b3');
  onceEnded('b1', () => leaving.abort('gone'));
  await end('b1');
  expect(await left).toBe('gone');
  expect(started).toEqual(['b1', 'b3']);
});

it('who is gone before they come is not worked for', async () => {
  const { begin, started } = setUp();
  expect(await begin(BIG, 'b1', AbortSignal.abort('gone'))).toBe('gone');
  expect(started).toEqual([]);
});
