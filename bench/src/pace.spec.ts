import { atPace } from './pace.js';

describe('an even pace', () => {
  it('names each call the moment at which it was due, however late it comes', async () => {
    const due: number[] = [];
    await atPace({ perSecond: 1_000, seconds: 0.05 }, (dueAt) => {
      due.push(dueAt);
      // Busy for three times the distance between two calls.
      const until = performance.now() + 3;
      while (due.length < 10 && performance.now() < until);
    });
    const first = due[0] ?? NaN;
    expect(due.map((dueAt) => Math.round(dueAt - first))).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it('ends when it is told that it is enough', async () => {
    let calls = 0;
    await atPace({ perSecond: 1_000, seconds: Infinity, isEnough: () => calls >= 20 }, () => calls++);
    expect(calls).toBeGreaterThanOrEqual(20);
  });
});
