import { readTime } from './read-time.js';

const iso = (text: string, ...formats: Parameters<typeof readTime>[1]) => {
  const ms = readTime(text, formats);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

it('reads each format, and none that it was not told of', () => {
  expect(iso('1430623510', 'unix')).toBe('2015-05-03T03:25:10.000Z');
  expect(iso('1430623510123', 'unix')).toBe('2015-05-03T03:25:10.123Z');
  expect(iso('1396437466.94', 'unix')).toBe('2014-04-02T11:17:46.940Z');
  expect(iso('2010-12-01 08:26', 'iso')).toBe('2010-12-01T08:26:00.000Z');
  expect(iso('2010-12-01T08:26:00.5+01:00', 'iso')).toBe('2010-12-01T07:26:00.500Z');
  expect(iso('12/1/2010 8:26', 'iso', 'month-first')).toBe('2010-12-01T08:26:00.000Z');
  expect(iso('12/1/2010 8:26', 'iso')).toBeUndefined();
  expect(iso('1430623510', 'iso')).toBeUndefined();
});

it('takes no moment that does not exist', () => {
  for (const text of [
    '2010-13-01 08:26',
    '2010-12-01 25:00',
    '2/30/2010 8:26',
    '13/1/2010 8:26',
    '1/1/2010 8:61',
    '',
    '-5',
  ]) {
    expect(iso(text, 'unix', 'iso', 'month-first')).toBeUndefined();
  }
});
