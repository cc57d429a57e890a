import { dueAfterMs } from './pace.js';

it('sends at a rate, at a multiple of the speed, at the slower of both, or at once', () => {
  expect(dueAfterMs({}, 1_000, 86_400_000)).toBe(0);
  expect(dueAfterMs({ rate: 50 }, 100, 0)).toBe(2_000);
  expect(dueAfterMs({ speed: 60 }, 100, 60_000)).toBe(1_000);
  expect(dueAfterMs({ rate: 50, speed: 60 }, 100, 60_000)).toBe(2_000);
});
