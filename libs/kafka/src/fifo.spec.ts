import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Fifo } from './fifo.js';

describe('a queue', () => {
  it('gives items back in order, also those that were put back', () => {
    const queue = new Fifo<number>();
    for (let item = 0; item < 3_000; item++) queue.push(item);
    const taken = Array.from({ length: 2_000 }, () => queue.shift());
    expect(taken).toEqual(Array.from({ length: 2_000 }, (_, item) => item));
    queue.putBack([1_998, 1_999]);
    expect([queue.length, queue.first]).toEqual([1_002, 1_998]);
    queue.clear();
    expect([queue.length, queue.shift()]).toEqual([0, undefined]);
  });

  it('does not keep what was taken, while it is never empty', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const queue = new Fifo<object>();
    let gone = 0;
    const registry = new FinalizationRegistry(() => (gone += 1));
    queue.push({});
    for (let item = 0; item < 100; item++) {
      const next = { item };
      registry.register(next, item);
      queue.push(next);
      queue.shift();
    }
    for (let turn = 0; turn < 50 && gone < 99; turn++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(gone).toBeGreaterThanOrEqual(98);
    expect(queue.length).toBe(1);
  });
});
