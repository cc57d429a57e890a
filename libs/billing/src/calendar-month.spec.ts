import { addMonths, MONTH_PATTERN, monthEndMs, monthOf, monthStartMs, type Month } from './calendar-month.js';

it.each([
  ['2026-03', '2026-04', 31],
  ['2026-12', '2027-01', 31],
  ['2028-02', '2028-03', 29],
])('%s is followed by %s after %i days', (month, next, days) => {
  expect(addMonths(month as Month, 1)).toBe(next);
  expect(addMonths(next as Month, -1)).toBe(month);
  expect(addMonths(month as Month, 13)).toBe(`${Number(next.slice(0, 4)) + 1}${next.slice(4)}`);
  expect(monthEndMs(month as Month) - monthStartMs(month as Month)).toBe(days * 86_400_000);
  expect(monthOf(monthEndMs(month as Month) - 1)).toBe(month);
  expect(monthOf(monthEndMs(month as Month))).toBe(next);
});

it('knows a month when it sees one', () => {
  const isMonth = (text: string): boolean => MONTH_PATTERN.test(text);
  expect(['2026-03', '2026-13', '2026-3', '2026-03-01', ''].map(isMonth)).toEqual([true, false, false, false, false]);
});
