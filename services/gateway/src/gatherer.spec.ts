import { jest } from '@jest/globals';
import { Gatherer } from './gatherer.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A gatherer of up to four or 2 ms, whose batches a test answers when it likes: each request by its double. */
const setUp = () => {
  const sent: (readonly number[])[] = [];
  const ends: { answer(): Promise<void>; fail(error: Error): Promise<void> }[] = [];
  const gatherer = new Gatherer<number, number>(
    (requests) => {
      sent.push(requests);
      const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
      ends.push({
        answer: () => {
          resolve(requests.map((request) => request * 2));
          return settled();
        },
        fail: (error) => {
          reject(error);
          return settled();
        },
      });
      return promise;
    },
    { most: 4, longestMs: 2 },
  );
  return { gatherer, sent, ends };
};

const settled = () => jest.advanceTimersByTimeAsync(0);

describe('a gatherer', () => {
  it('sends a request at once and alone while nothing is under way', () => {
    const { gatherer, sent } = setUp();
    void gatherer.ask(1);
    expect(sent).toEqual([[1]]);
  });

  it('gathers what comes while a batch is under way, and sends it when that one is back', async () => {
    const { gatherer, sent, ends } = setUp();
    void gatherer.ask(1);
    void gatherer.ask(2);
    void gatherer.ask(3);
    expect(sent).toEqual([[1]]);
    await ends[0]?.answer();
    expect(sent).toEqual([[1], [2, 3]]);
  });

  it('lets nobody wait longer than 2 ms for a batch that stays away', async () => {
    const { gatherer, sent } = setUp();
    void gatherer.ask(1);
    void gatherer.ask(2);
    await jest.advanceTimersByTimeAsync(1);
    void gatherer.ask(3);
    expect(sent).toEqual([[1]]);
    await jest.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([[1], [2, 3]]);
    void gatherer.ask(4);
    await jest.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(2);
    await jest.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([[1], [2, 3], [4]]);
  });

  it('sends a full batch at once', () => {
    const { gatherer, sent } = setUp();
    for (let request = 1; request <= 6; request++) void gatherer.ask(request);
    expect(sent).toEqual([[1], [2, 3, 4, 5]]);
  });

  it('gives each request its own answer', async () => {
    const { gatherer, ends } = setUp();
    const asked = [1, 2, 3].map((request) => gatherer.ask(request));
    await ends[0]?.answer();
    await ends[1]?.answer();
    expect(await Promise.all(asked)).toEqual([2, 4, 6]);
    expect(gatherer.isIdle).toBe(true);
  });

  it('fails the requests of a failed batch only', async () => {
    const { gatherer, ends } = setUp();
    const asked = [1, 2, 3, 4, 5, 6].map((request) => gatherer.ask(request));
    const outcomes = Promise.allSettled(asked);
    await ends[0]?.answer();
    await ends[1]?.fail(new Error('planted'));
    await ends[2]?.answer();
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(gatherer.isIdle).toBe(true);
  });
});
