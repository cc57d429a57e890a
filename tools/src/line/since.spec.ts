import { since } from './since.js';

const NOW_MS = Date.UTC(2026, 2, 2, 12);

it.each([
  ['45s', '2026-03-02T11:59:15.000Z'],
  ['30m', '2026-03-02T11:30:00.000Z'],
  ['24h', '2026-03-01T12:00:00.000Z'],
  ['7d', '2026-02-23T12:00:00.000Z'],
  ['2026-03-01T00:00:00+01:00', '2026-02-28T23:00:00.000Z'],
])('%s is %s', (text, moment) => {
  expect(since(text, NOW_MS)?.toISOString()).toBe(moment);
});

it.each(['', '7', '7w', '-1h', 'yesterday', '2026-03-01'])('"%s" is no moment', (text) => {
  expect(since(text, NOW_MS)).toBeUndefined();
});
