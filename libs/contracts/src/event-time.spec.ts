import { eventTime, parseTime } from './event-time.js';

describe('event time', () => {
  const received = Date.UTC(2026, 10, 24);

  it.each([
    ['keeps a time before the receipt', received - 5000, received - 5000],
    ['keeps the beginning of 1970', 0, 0],
    ['makes the year 9999 the receipt', Date.UTC(9999, 11, 31), received],
    ['makes the next millisecond the receipt', received + 1, received],
    ['makes a time before 1970 1970', -86_400_000, 0],
    ['makes a missing time the receipt', undefined, received],
    ['makes NaN the receipt', Number.NaN, received],
    ['makes infinity the receipt', Number.POSITIVE_INFINITY, received],
    ['makes minus infinity 1970', Number.NEGATIVE_INFINITY, 0],
  ])('%s', (_, timestamp, expected) => expect(eventTime(timestamp, received)).toBe(expected));

  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2026-11-24T10:00:00.123456+02:00', Date.UTC(2026, 10, 24, 8, 0, 0, 123)],
    ['9999-12-31T23:59:59.999Z', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
  ])('parses %s', (text, ms) => expect(parseTime(text)).toBe(ms));

  it.each([
    '2026-11-24T10:00:00',
    '2026-11-24',
    '24 Nov 2026',
    '2026-02-30T00:00:00Z',
    '+012026-01-01T00:00:00Z',
    '',
    '0',
  ])('does not take %s, whose meaning depends on the reader', (text) => expect(parseTime(text)).toBeUndefined());
});
