import { spanSeconds } from './span.js';

it.each([
  ['30s', 30],
  ['15m', 900],
  ['24h', 86_400],
  ['7d', 604_800],
  ['0s', 0],
  ['', undefined],
  ['h', undefined],
  ['-1h', undefined],
  ['1.5h', undefined],
  ['1w', undefined],
  ['1000000d', undefined],
])('%s', (text, seconds) => {
  expect(spanSeconds(text)).toBe(seconds);
});
